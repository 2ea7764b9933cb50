import type { SottoApi, WatchedViews } from '@sotto/client/api';

/** The first value of a view that meets `condition`, which may be the present one. */
export function until<Kind extends keyof WatchedViews>(
  sotto: Pick<SottoApi, 'watch'>,
  view: { kind: Kind } & WatchedViews[Kind]['query'],
  condition: (value: WatchedViews[Kind]['value']) => boolean,
): Promise<WatchedViews[Kind]['value']> {
  return new Promise((resolve) => {
    let stop: (() => void) | null = null;
    let isDone = false;
    stop = sotto.watch(view, (value) => {
      if (isDone || !condition(value)) return;
      isDone = true;
      stop?.();
      resolve(value);
    });
    // The first call may come before `watch` returns.
    if (isDone) stop();
  });
}
