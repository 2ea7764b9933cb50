import { useEffect, useState } from 'react';
import type { WatchedViews } from '../sotto.ts';
import { useSotto } from './SottoContext.tsx';

type View<Kind extends keyof WatchedViews> = { kind: Kind } & WatchedViews[Kind]['query'];

/** The present value of a watched view; undefined until its first value is here. */
export function useWatched<Kind extends Exclude<keyof WatchedViews, 'messages'>>(
  view: View<Kind>,
): WatchedViews[Kind]['value'] | undefined {
  const sotto = useSotto();
  const key = JSON.stringify(view);
  const [held, setHeld] = useState<{ key: string; value: WatchedViews[Kind]['value'] } | null>(null);
  useEffect(
    () => sotto.watch(JSON.parse(key) as View<Kind>, (value) => setHeld({ key, value })),
    [sotto, key],
  );
  return held?.key === key ? held.value : undefined;
}
