/**
 * Sotto in a page. Everything that knows a key runs in a worker; the page holds only this end. Each tab brings a
 * worker, the worker of one tab leads, and when that tab goes another's takes over unnoticed (spec/sdk.md, "Tabs").
 */
import type { SottoApi } from '@sotto/client/api';
import { decodePresence, type Presence } from '../rpc/messages.ts';
import { createRpcClient } from '../rpc/rpcClient.ts';
import { createStoppedApi } from '../stoppedApi.ts';
import { leaderChannel, pageChannel, pageLock, presenceChannel } from './tabs.ts';
import { Worker } from './trustedWorker.ts';

/**
 * Starts this tab's share of Sotto. Resolves at once; the session view says how far it is, and that it is
 * `stopped` where the page is not in a secure context (HTTPS, or localhost).
 */
export async function openSotto(): Promise<SottoApi> {
  if (!isSecureContext || !('locks' in navigator) || crypto.subtle === undefined) {
    return createStoppedApi('insecureContext');
  }
  const pageId = crypto.randomUUID();
  await holdPageLock(pageId);

  let leader: BroadcastChannel | null = null;
  const client = createRpcClient(pageId, (message) => leader?.postMessage(message));
  new BroadcastChannel(pageChannel(pageId)).onmessage = ({ data }) => client.receive(data);

  const presence = new BroadcastChannel(presenceChannel);
  let leaderId: string | null = null;
  presence.onmessage = ({ data }) => {
    const message = decodePresence(data);
    if (message?.kind !== 'leader' || message.leaderId === leaderId) return;
    leaderId = message.leaderId;
    leader?.close();
    leader = new BroadcastChannel(leaderChannel(leaderId));
    client.leaderChanged();
  };
  presence.postMessage({ kind: 'whoLeads' } satisfies Presence);

  new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'sotto' });
  keepStorage(client.api);
  return client.api;
}

/** Held until the page is gone; the browser lets go of it then. */
function holdPageLock(pageId: string): Promise<void> {
  return new Promise((resolve) => {
    void navigator.locks.request(pageLock(pageId), () => {
      resolve();
      return new Promise<void>(() => {});
    });
  });
}

/** Once there is something to lose, asks the browser not to evict it. (Some browsers ask the user.) */
function keepStorage(api: SottoApi): void {
  const stop = api.watch({ kind: 'session' }, (session) => {
    if (session.kind !== 'signedIn') return;
    stop();
    void navigator.storage.persist().catch(() => false);
  });
}
