import { normalizeUsername } from '@sotto/protocol';
import type { MessagePage, SottoApi } from '../api.ts';
import { findAccount, openDirectConversation } from '../conversations/openDirectConversation.ts';
import { randomId } from '../device/deviceContext.ts';
import { DeviceStopped } from '../device/steps.ts';
import { acknowledgeLogAlarms } from '../integrity/acknowledgeLogAlarms.ts';
import { createInvite, resolveInvite } from '../invites/invites.ts';
import { archiveConversation, muteConversation, pinConversation } from '../ownState/changeConversation.ts';
import { setAccountHistory, setConversationHistory } from '../policy/setHistory.ts';
import type { Platform } from '../ports.ts';
import { markRead } from '../receipts/markRead.ts';
import type { Sessions } from './sessions.ts';

type ConversationApi = Pick<
  SottoApi,
  | 'findAccount'
  | 'resolveInvite'
  | 'createInvite'
  | 'openDirectConversation'
  | 'readMessages'
  | 'searchMessages'
  | 'pauseHistory'
  | 'resumeHistory'
  | 'beginExport'
  | 'readExport'
  | 'endExport'
  | 'markRead'
  | 'acknowledgeLogAlarms'
  | 'archiveConversation'
  | 'muteConversation'
  | 'pinConversation'
  | 'setConversationHistory'
  | 'setAccountHistory'
  | 'setTyping'
>;

/** Commands about people, conversations and messages. */
export function createConversationApi(platform: Platform, sessions: Sessions): ConversationApi {
  const { transport } = platform;
  const context = () => sessions.device().context;
  return {
    findAccount: async (text) => {
      const username = normalizeUsername(text);
      if (username === null) return { kind: 'problem', problem: { kind: 'malformedUsername' } };
      return findAccount(context(), username);
    },
    resolveInvite: (invite) => resolveInvite(transport, invite),
    createInvite: async () => createInvite(context()),
    openDirectConversation: async (accountId, invite) => openDirectConversation(context(), accountId, invite),
    readMessages: async (query): Promise<MessagePage> => {
      await sessions.signedIn?.context.history.fill(query);
      return sessions.shown?.views.page(query) ?? { messages: [], hasOlder: false, hasNewer: false };
    },
    searchMessages: async (search) => sessions.shown?.views.search(search) ?? { matches: [], next: null },
    pauseHistory: () => context().history.setPaused(true),
    resumeHistory: () => context().history.setPaused(false),
    beginExport: async (choice) => {
      const device = sessions.shown;
      if (device === null) throw new DeviceStopped();
      return device.views.beginExport({
        choice,
        nowMs: platform.clock.now(),
        randomId: () => randomId(platform.provider),
        readMedia: async (attachment, start, end) => {
          const outcome = await device.context.attachments.read(attachment, start, end);
          return outcome.kind === 'ok' ? outcome.value : outcome.problem.kind;
        },
      });
    },
    readExport: async (exportId) => sessions.shown?.views.exports.read(exportId) ?? { kind: 'gone' },
    endExport: async (exportId) => sessions.shown?.views.exports.end(exportId),
    markRead: async (conversationId, order) => markRead(context(), conversationId, order),
    acknowledgeLogAlarms: async (conversationId) => acknowledgeLogAlarms(context(), conversationId),
    archiveConversation: async (conversationId, archived) =>
      archiveConversation(context(), conversationId, archived),
    muteConversation: async (conversationId, untilMs) => muteConversation(context(), conversationId, untilMs),
    pinConversation: async (conversationId, pinned) => pinConversation(context(), conversationId, pinned),
    setConversationHistory: async (conversationId, on) =>
      setConversationHistory(context(), conversationId, on),
    setAccountHistory: async (on) => setAccountHistory(context(), on),
    setTyping: async (conversationId, active) => sessions.device().typing.tell(conversationId, active),
  };
}
