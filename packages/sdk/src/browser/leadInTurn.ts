/**
 * A worker's share of the tabs: it waits for its turn to lead, opens the engine then, and serves every page of the
 * origin until its own tab is gone. Invariant: the engine is open only while this worker holds the engine's lock.
 */
import type { SottoApi } from '@sotto/client/api';
import { decodePresence, type Presence } from '../rpc/messages.ts';
import { createRpcServer } from '../rpc/rpcServer.ts';
import { createStoppedApi } from '../stoppedApi.ts';
import { engineLock, leaderChannel, pageChannel, pageLock, presenceChannel } from './tabs.ts';

/** What the leader serves. */
export interface LeadingEngine {
  readonly api: SottoApi;
  /** Somebody is looking: try to connect at once. */
  hurry(): void;
}

/** `open` is called once this worker leads; until then nothing of the engine need be loaded. */
export function leadInTurn(open: () => Promise<LeadingEngine>): void {
  void navigator.locks.request(engineLock, async () => {
    serve(await openOrStop(open));
    await new Promise<void>(() => {});
  });
}

/** An engine that does not open says so in every tab instead of leaving them waiting. */
async function openOrStop(open: () => Promise<LeadingEngine>): Promise<LeadingEngine> {
  try {
    return await open();
  } catch (error) {
    console.error('The engine does not open:', error);
    return { api: createStoppedApi('storageUnavailable'), hurry: () => {} };
  }
}

function serve({ api, hurry }: LeadingEngine): void {
  const leaderId = crypto.randomUUID();
  const pages = new Map<string, BroadcastChannel>();
  const server = createRpcServer({
    api,
    post: (pageId, message) => pages.get(pageId)?.postMessage(message),
    met(pageId) {
      pages.set(pageId, new BroadcastChannel(pageChannel(pageId)));
      // Granted when the page is gone, because it holds this lock for as long as it lives.
      void navigator.locks.request(pageLock(pageId), () => {
        pages.get(pageId)?.close();
        pages.delete(pageId);
        server.forget(pageId);
      });
    },
    faulted: (error) => console.warn('A command failed:', error),
  });
  new BroadcastChannel(leaderChannel(leaderId)).onmessage = ({ data }) => server.receive(data);

  const presence = new BroadcastChannel(presenceChannel);
  const announce = () => presence.postMessage({ kind: 'leader', leaderId } satisfies Presence);
  presence.onmessage = ({ data }) => {
    const message = decodePresence(data);
    if (message?.kind === 'whoLeads') announce();
    else if (message?.kind === 'awake') hurry();
  };
  announce();
}
