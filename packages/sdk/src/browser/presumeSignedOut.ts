/**
 * The session view before the engine is there: in a browser that has no account, the first page need not wait for
 * the worker to load cryptography and SQLite. Invariant: it is a presumption about the first value only, and the
 * engine's word replaces it; commands wait for the engine as ever.
 */
import type { SessionView, SottoApi, WatchedViews } from '@sotto/client/api';

/** Whether this browser may have an account. It says nothing of whose. */
export interface AccountHint {
  mayHaveAccount(): boolean;
  set(hasAccount: boolean): void;
}

const key = 'sotto-account';

/** In the page's local storage, which a browser clears together with the databases. */
export const storedAccountHint: AccountHint = {
  mayHaveAccount() {
    try {
      return localStorage.getItem(key) !== null;
    } catch {
      return true;
    }
  },
  set(hasAccount) {
    try {
      if (hasAccount) localStorage.setItem(key, 'yes');
      else localStorage.removeItem(key);
    } catch {
      // A browser that keeps nothing: every page waits for the engine.
    }
  },
};

/** `api`, whose session is `signedOut` at once where the hint says that there is no account. */
export function presumeSignedOut(api: SottoApi, hint: AccountHint): SottoApi {
  let isPresumed = !hint.mayHaveAccount();
  api.watch({ kind: 'session' }, (session) => {
    if (session.kind !== 'starting') isPresumed = false;
    if (session.kind === 'signedIn') hint.set(true);
    if (session.kind === 'signedOut') hint.set(session.lastUsername !== null);
  });
  return {
    ...api,
    watch<Kind extends keyof WatchedViews>(
      view: { kind: Kind } & WatchedViews[Kind]['query'],
      listener: (value: WatchedViews[Kind]['value']) => void,
    ): () => void {
      if (view.kind !== 'session' || !isPresumed) return api.watch(view, listener);
      const tell = listener as (session: SessionView) => void;
      // In a turn of its own, so that whoever answers at once (that this page cannot run Sotto) comes first.
      const timer = setTimeout(() => tell({ kind: 'signedOut', lastUsername: null }));
      const stop = api.watch({ kind: 'session' }, (session) => {
        if (session.kind === 'starting' && isPresumed) return;
        clearTimeout(timer);
        tell(session);
      });
      return () => {
        clearTimeout(timer);
        stop();
      };
    },
  };
}
