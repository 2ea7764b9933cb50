import type { SottoApi } from '../sotto.ts';

/** Once for each sign-in, when there is a connection, tells the server where this browser is woken, if it is. */
export function keepPushTarget(sotto: SottoApi): void {
  let isTold = false;
  sotto.watch({ kind: 'session' }, ({ kind }) => {
    if (kind !== 'signedIn') isTold = false;
  });
  sotto.watch({ kind: 'connection' }, ({ kind }) => {
    if (kind !== 'online' || isTold) return;
    isTold = true;
    void import('@sotto/sdk/push').then(({ tellPushTarget }) => tellPushTarget(sotto));
  });
}
