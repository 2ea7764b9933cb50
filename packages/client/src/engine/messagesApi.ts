import type { MessagesApi, SottoApi } from '../api.ts';
import { sendWithFiles } from '../attachments/sendFiles.ts';
import { readDraft, saveDraft } from '../drafts/drafts.ts';
import { deleteForSelf, starMessage } from '../marks/commands.ts';
import { deleteForEveryone, editMessage, pinMessage, react } from '../messageChanges/commands.ts';
import { forwardMessages } from '../messages/forwardMessages.ts';
import { discardMessage, rescheduleMessage, retryMessage } from '../messages/unsentMessages.ts';
import { markUnread } from '../receipts/markRead.ts';
import { setReadReceipts } from '../receipts/receiptChoice.ts';
import type { Sessions } from './sessions.ts';

type BuiltApi = Pick<
  MessagesApi & SottoApi,
  | 'sendText'
  | 'sendMessage'
  | 'retryMessage'
  | 'discardMessage'
  | 'rescheduleMessage'
  | 'editMessage'
  | 'readVersions'
  | 'deleteMessages'
  | 'react'
  | 'starMessage'
  | 'readStarred'
  | 'forwardMessages'
  | 'pinMessage'
  | 'readPinned'
  | 'readReceipts'
  | 'findByDate'
  | 'readMentions'
  | 'markUnread'
  | 'setReadReceipts'
  | 'saveDraft'
  | 'readDraft'
>;

/** Commands about messages. */
export function createMessagesApi(sessions: Sessions): BuiltApi {
  const context = () => sessions.device().context;
  const sendMessageApi: BuiltApi['sendMessage'] = async (conversationId, message, messageId) => {
    const { typing } = sessions.device();
    const sent = await sendWithFiles(context(), conversationId, message, messageId);
    if (sent.kind === 'ok') typing.sent(conversationId);
    return sent;
  };
  return {
    sendText: (conversationId, text, messageId) => sendMessageApi(conversationId, { text }, messageId),
    sendMessage: sendMessageApi,
    retryMessage: async (conversationId, messageId) => retryMessage(context(), conversationId, messageId),
    discardMessage: async (conversationId, messageId) => discardMessage(context(), conversationId, messageId),
    rescheduleMessage: async (conversationId, messageId, sendAtMs) =>
      rescheduleMessage(context(), conversationId, messageId, sendAtMs),
    editMessage: async (conversationId, messageId, text, mentions) =>
      editMessage(context(), conversationId, messageId, text, mentions),
    readVersions: async (conversationId, messageId) =>
      sessions.shown?.views.versions(conversationId, messageId) ?? [],
    deleteMessages: async (conversationId, messageIds, forEveryone) =>
      forEveryone
        ? deleteForEveryone(context(), conversationId, messageIds)
        : deleteForSelf(context(), conversationId, messageIds),
    starMessage: async (conversationId, messageId, starred) =>
      starMessage(context(), conversationId, messageId, starred),
    readStarred: async (conversationId) => sessions.shown?.views.starred(conversationId) ?? [],
    react: async (conversationId, messageId, emoji) => react(context(), conversationId, messageId, emoji),
    forwardMessages: async (conversationId, messageIds, to, forwardId) =>
      forwardMessages(context(), conversationId, messageIds, to, forwardId),
    pinMessage: async (conversationId, messageId, pinned) =>
      pinMessage(context(), conversationId, messageId, pinned),
    readPinned: async (conversationId) => sessions.shown?.views.pinned(conversationId) ?? [],
    readReceipts: async (conversationId, messageId) =>
      sessions.shown?.views.receipts(conversationId, messageId) ?? [],
    findByDate: async (conversationId, timeMs) =>
      sessions.shown?.views.byDate(conversationId, timeMs) ?? null,
    readMentions: async (conversationId) => sessions.shown?.views.mentions(conversationId) ?? [],
    markUnread: async (conversationId) => markUnread(context(), conversationId),
    setReadReceipts: async (on) => setReadReceipts(context(), on),
    saveDraft: async (conversationId, draft) => saveDraft(context(), conversationId, draft),
    readDraft: async (conversationId) => readDraft(context(), conversationId),
  };
}
