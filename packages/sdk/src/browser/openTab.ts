/** A page's share of the tabs: finds the worker that leads, and the next one when that is gone. */
import type { SottoApi } from '@sotto/client/api';
import { decodePresence, type Presence } from '../rpc/messages.ts';
import { createRpcClient } from '../rpc/rpcClient.ts';
import { createStoppedApi } from '../stoppedApi.ts';
import { leaderChannel, pageChannel, pageLock, presenceChannel } from './tabs.ts';

/** `startWorker` starts this tab's own worker, which calls `leadInTurn`. */
export async function openTab(startWorker: () => void): Promise<SottoApi> {
  if (!isSecureContext || !('locks' in navigator) || crypto.subtle === undefined) {
    return createStoppedApi('insecureContext');
  }
  const pageId = crypto.randomUUID();
  await holdPageLock(pageId);

  let leader: BroadcastChannel | null = null;
  let leaderId: string | null = null;
  const client = createRpcClient(pageId, (message) => leader?.postMessage(message));
  new BroadcastChannel(pageChannel(pageId)).onmessage = ({ data }) => client.receive(data);
  const presence = new BroadcastChannel(presenceChannel);
  presence.onmessage = ({ data }) => {
    const message = decodePresence(data);
    if (message?.kind !== 'leader' || message.leaderId === leaderId) return;
    leaderId = message.leaderId;
    leader?.close();
    leader = new BroadcastChannel(leaderChannel(leaderId));
    client.leaderChanged();
  };
  presence.postMessage({ kind: 'whoLeads' } satisfies Presence);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') presence.postMessage({ kind: 'awake' } satisfies Presence);
  });
  startWorker();
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
