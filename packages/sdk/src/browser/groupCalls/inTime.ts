import type { SottoApi, WatchedViews } from '@sotto/client/api';

/** The first value of a view that meets `condition`, which may be the present one; null where none has within `timeMs`. */
export function inTime<Kind extends keyof WatchedViews>(
  sotto: Pick<SottoApi, 'watch'>,
  view: { kind: Kind } & WatchedViews[Kind]['query'],
  timeMs: number,
  condition: (value: WatchedViews[Kind]['value']) => boolean,
): Promise<WatchedViews[Kind]['value'] | null> {
  return new Promise((resolve) => {
    let stop: (() => void) | null = null;
    let isDone = false;
    const end = (value: WatchedViews[Kind]['value'] | null): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      stop?.();
      resolve(value);
    };
    const timer = setTimeout(() => end(null), timeMs);
    stop = sotto.watch(view, (value) => {
      if (condition(value)) end(value);
    });
    // The first call may come before `watch` returns.
    if (isDone) stop();
  });
}
