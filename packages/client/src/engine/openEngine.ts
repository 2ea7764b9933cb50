import type { CallId } from '@sotto/protocol';
import type { CallSignals, HistoryView, SottoApi, WatchedViews } from '../api.ts';
import { unknownGroupCall } from '../groupCalls/groupCallViews.ts';
import { PairingOffers } from '../pairing/offerPairing.ts';
import type { Platform } from '../ports.ts';
import { Watchers } from '../views/watchers.ts';
import { createAccountApi } from './accountApi.ts';
import { createCallsApi } from './callsApi.ts';
import { createConversationApi } from './conversationApi.ts';
import { createDisappearingApi } from './disappearingApi.ts';
import { createGroupCallsApi } from './groupCallsApi.ts';
import { createGroupsApi } from './groupsApi.ts';
import { createMediaApi } from './mediaApi.ts';
import { createMessagesApi } from './messagesApi.ts';
import { Sessions } from './sessions.ts';

/** The engine of one place (a browser profile, a data folder): at most one device of it is signed in. */
export interface Engine {
  readonly api: SottoApi;
  /** The device is awake again, or has a network: connects at once, where it waits for the next try. */
  hurry(): void;
  /** Stops everything and closes the database; the device stays signed in for the next start. */
  close(): Promise<void>;
}

/**
 * Opens the engine on what the platform has: resolves once the session is known (signed out, signed in, or why it
 * cannot start), not once it is connected. See spec/client.md §Session.
 */
export async function openEngine(platform: Platform): Promise<Engine> {
  const watchers = new Watchers();
  const sessions = new Sessions(platform, watchers);
  const pairing = new PairingOffers(platform);
  const api: SottoApi = {
    ...createAccountApi(platform, sessions, pairing),
    ...createConversationApi(platform, sessions),
    ...createMessagesApi(sessions),
    ...createMediaApi(sessions),
    ...createGroupsApi(sessions),
    ...createDisappearingApi(sessions),
    ...createCallsApi(sessions),
    ...createGroupCallsApi(sessions),
    watch: createWatch(sessions, watchers),
  };
  await sessions.open();
  return {
    api,
    hurry: () => sessions.signedIn?.hurry(),
    close: async () => {
      pairing.cancel();
      await sessions.close();
    },
  };
}

/** Watches values of whoever is signed in, or has stopped. */
function createWatch(sessions: Sessions, watchers: Watchers): SottoApi['watch'] {
  return <Kind extends keyof WatchedViews>(
    view: { kind: Kind } & WatchedViews[Kind]['query'],
    listener: (value: WatchedViews[Kind]['value']) => void,
  ): (() => void) => {
    const present = (): WatchedViews[keyof WatchedViews]['value'] => {
      const views = sessions.shown?.views;
      const query: { kind: keyof WatchedViews; conversationId?: DeviceConversationId; callId?: CallId } =
        view;
      switch (query.kind) {
        case 'session':
          return sessions.view();
        case 'connection':
          return views?.connection ?? { kind: 'offline', retryAtMs: null };
        case 'historyChoice':
          return views?.historyChoice() ?? { on: true, pendingCount: 0 };
        case 'receiptChoice':
          return views?.receiptChoice() ?? { on: true };
        case 'conversations':
          return views?.conversations() ?? [];
        case 'conversation':
          return query.conversationId === undefined
            ? null
            : (views?.conversation(query.conversationId) ?? null);
        case 'history':
          return sessions.shown?.context.history.coverage ?? nothingHere;
        case 'calls':
          return sessions.signedIn?.views.calls() ?? [];
        case 'callSignals':
          // A device that has stopped is in no call, whatever its database says.
          return query.callId === undefined || sessions.signedIn === null
            ? unknownCall
            : sessions.signedIn.views.callSignals(query.callId);
        case 'groupCalls':
          return sessions.signedIn?.views.groupCalls() ?? [];
        case 'groupCallSignals':
          return query.callId === undefined || sessions.signedIn === null
            ? unknownGroupCall
            : sessions.signedIn.views.groupCallSignals(query.callId);
        case 'messages':
          return query.conversationId === undefined || views === undefined
            ? { changed: [], removed: [] }
            : views.messageChanges(query.conversationId);
      }
    };
    const stop = watchers.watch(view, () => present() as WatchedViews[Kind]['value'], listener);
    if (view.kind !== 'callSignals' && view.kind !== 'groupCallSignals') return stop;
    // Who watches them holds the call.
    const wake = (): void => {
      sessions.signedIn?.context.calls.wake();
      sessions.signedIn?.context.groupCalls.wake();
    };
    wake();
    return () => {
      stop();
      wake();
    };
  };
}

/** Of nobody. */
const nothingHere: HistoryView = {
  messagesHere: 0,
  messagesInAll: 0,
  entriesHere: 0,
  entriesInAll: 0,
  state: 'complete',
};

/** Signals of a call that is not here. */
const unknownCall: CallSignals = { join: 0, updates: [], frameKeys: [], code: null, ended: { kind: 'gone' } };

type DeviceConversationId = WatchedViews['conversation']['query']['conversationId'];
