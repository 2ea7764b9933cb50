import { useEffect, useEffectEvent, useState } from 'react';

/** What `load` gives: undefined until it is here, null where it failed. `key` says when to load anew. */
export function useLoaded<Value>(key: string, load: () => Promise<Value>): Value | null | undefined {
  const [held, setHeld] = useState<{ key: string; value: Value | null } | null>(null);
  const read = useEffectEvent(load);
  useEffect(() => {
    let current = true;
    read().then(
      (value) => current && setHeld({ key, value }),
      () => current && setHeld({ key, value: null }),
    );
    return () => {
      current = false;
    };
  }, [key]);
  return held?.key === key ? held.value : undefined;
}
