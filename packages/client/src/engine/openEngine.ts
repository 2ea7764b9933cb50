import type { HistoryView, SottoApi, WatchedViews } from '../api.ts';
import { PairingOffers } from '../pairing/offerPairing.ts';
import type { Platform } from '../ports.ts';
import { Watchers } from '../views/watchers.ts';
import { createAccountApi } from './accountApi.ts';
import { createConversationApi } from './conversationApi.ts';
import { Sessions } from './sessions.ts';

/** The engine of one place (a browser profile, a data folder): at most one device of it is signed in. */
export interface Engine {
  readonly api: SottoApi;
  /** Tries to connect at once, where it waits for the next try. */
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
    watch: createWatch(sessions, watchers),
  };
  await sessions.open();
  return {
    api,
    hurry: () => sessions.signedIn?.context.connection.hurry(),
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
      const query: { kind: keyof WatchedViews; conversationId?: DeviceConversationId } = view;
      switch (query.kind) {
        case 'session':
          return sessions.view();
        case 'connection':
          return views?.connection ?? { kind: 'offline', retryAtMs: null };
        case 'historyChoice':
          return views?.historyChoice() ?? { on: true, pendingCount: 0 };
        case 'conversations':
          return views?.conversations() ?? [];
        case 'conversation':
          return query.conversationId === undefined
            ? null
            : (views?.conversation(query.conversationId) ?? null);
        case 'history':
          return sessions.shown?.context.history.coverage ?? nothingHere;
        case 'messages':
          return query.conversationId === undefined || views === undefined
            ? { changed: [], removed: [] }
            : views.messageChanges(query.conversationId);
      }
    };
    return watchers.watch(view, () => present() as WatchedViews[Kind]['value'], listener);
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

type DeviceConversationId = WatchedViews['conversation']['query']['conversationId'];
