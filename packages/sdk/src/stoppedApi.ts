/** What stands in for the engine where it cannot run at all. */
import type { Outcome, SessionView, SottoApi, WatchedViews } from '@sotto/client/api';

type StopReason = Extract<SessionView, { kind: 'stopped' }>['reason'];

/** Its session view says `reason`; what is asked of it is refused, or is empty. */
export function createStoppedApi(reason: StopReason): SottoApi {
  const offline = async (): Promise<Outcome<never, { kind: 'offline' }>> => ({
    kind: 'problem',
    problem: { kind: 'offline' },
  });
  const nothing = async (): Promise<void> => {};
  const empty = async (): Promise<string> => '';
  const values: { readonly [Kind in keyof WatchedViews]: WatchedViews[Kind]['value'] } = {
    session: { kind: 'stopped', reason },
    connection: { kind: 'offline', retryAtMs: null },
    conversations: [],
    conversation: null,
    history: { messagesHere: 0, messagesInAll: 0, entriesHere: 0, entriesInAll: 0, state: 'complete' },
    historyChoice: { on: true, pendingCount: 0 },
    messages: { changed: [], removed: [] },
  };
  return {
    describeServer: offline,
    suggestPassphrase: empty,
    register: offline,
    signIn: offline,
    recover: offline,
    signInWithPasskey: offline,
    addPasskey: offline,
    removePasskey: offline,
    resetIdentity: offline,
    resolveReset: offline,
    resetByLink: offline,
    acceptNewIdentity: offline,
    declineNewIdentity: nothing,
    signOut: nothing,
    readOwnAccount: offline,
    renameDevice: offline,
    removeDevice: offline,
    changePassword: offline,
    suggestRecoveryCode: empty,
    replaceRecoveryCode: offline,
    beginPairing: offline,
    awaitPairing: offline,
    cancelPairing: nothing,
    readPairingOffer: offline,
    approvePairing: offline,
    findAccount: offline,
    resolveInvite: offline,
    createInvite: offline,
    openDirectConversation: offline,
    sendText: async () => ({ kind: 'problem', problem: { kind: 'unknownConversation' } }),
    retryMessage: nothing,
    discardMessage: nothing,
    readMessages: async () => ({ messages: [], hasOlder: false, hasNewer: false }),
    searchMessages: async () => ({ matches: [], next: null }),
    pauseHistory: nothing,
    resumeHistory: nothing,
    beginExport: async () => ({ exportId: '0'.repeat(32), total: 0 }),
    readExport: async () => ({ kind: 'gone' }),
    endExport: nothing,
    markRead: nothing,
    acknowledgeLogAlarms: nothing,
    archiveConversation: nothing,
    muteConversation: nothing,
    pinConversation: nothing,
    setConversationHistory: nothing,
    setAccountHistory: nothing,
    setTyping: nothing,
    saveDraft: nothing,
    readDraft: empty,
    watch(view, listener) {
      let isWatching = true;
      queueMicrotask(() => {
        if (isWatching) listener(values[view.kind]);
      });
      return () => {
        isWatching = false;
      };
    },
  };
}
