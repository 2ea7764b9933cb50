/**
 * Sotto in a page. Everything that knows a key runs in a worker; the page holds only this end. Each tab brings a
 * worker, the worker of one tab leads, and when that tab goes another's takes over unnoticed (spec/sdk.md, "Tabs").
 */
import type { SottoApi } from '@sotto/client/api';
import { openTab } from './openTab.ts';
import { presumeSignedOut, storedAccountHint } from './presumeSignedOut.ts';
import { Worker } from './trustedWorker.ts';

/**
 * Starts this tab's share of Sotto. Resolves at once; the session view says how far it is, and that it is
 * `stopped` where the page is not in a secure context (HTTPS, or localhost).
 */
export async function openSotto(): Promise<SottoApi> {
  const api = await openTab(() => {
    new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'sotto' });
  });
  keepStorage(api);
  return presumeSignedOut(api, storedAccountHint);
}

/** Once there is something to lose, asks the browser not to evict it. (Some browsers ask the user.) */
function keepStorage(api: SottoApi): void {
  const stop = api.watch({ kind: 'session' }, (session) => {
    if (session.kind !== 'signedIn') return;
    stop();
    void navigator.storage.persist().catch(() => false);
  });
}
