import { useCallback, useEffect, useState } from 'react';
import type { SottoApi } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';

/**
 * The calls, of two or of groups, of this page: null until `open` has fetched them. `request` fetches them again where
 * they could not be.
 */
export function useCalls<Calls>(open: (sotto: SottoApi) => Promise<Calls>): {
  calls: Calls | null;
  request: () => Promise<Calls>;
} {
  const sotto = useSotto();
  const [calls, setCalls] = useState<Calls | null>(null);
  const request = useCallback(async () => {
    const opened = await open(sotto);
    setCalls(opened);
    return opened;
  }, [sotto, open]);
  useEffect(() => {
    request().catch(() => undefined);
  }, [request]);
  return { calls, request };
}

interface Opens<Session> {
  watchCurrent(changed: (session: Session | null) => void): () => void;
}

/** The session that is open, or the last one until it is given to `forget`. */
export function useSession<Session>(calls: Opens<Session> | null): {
  session: Session | null;
  forget: (ended: Session | null) => void;
} {
  const [session, setSession] = useState<Session | null>(null);
  useEffect(() => calls?.watchCurrent((open) => open !== null && setSession(() => open)), [calls]);
  return { session, forget: (ended) => setSession((held) => (held === ended ? null : held)) };
}

interface HasState<State> {
  readonly state: State;
  watch(changed: (state: State) => void): () => void;
}

export function useSessionState<State>(session: HasState<State> | null): State | null {
  const [held, setHeld] = useState<{ session: HasState<State>; state: State } | null>(null);
  useEffect(() => session?.watch((state) => setHeld({ session, state })), [session]);
  if (session === null) return null;
  return held?.session === session ? held.state : session.state;
}
