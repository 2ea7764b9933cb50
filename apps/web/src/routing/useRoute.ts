import { useMemo, useSyncExternalStore } from 'react';
import { hashOf, parseRoute, type Route } from './route.ts';

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

/** How many places this page has pushed since it was opened: above zero, going back stays inside the app. */
let pushedCount = 0;

/** Goes to a place. `replace` leaves no step behind for the back button. */
export function navigate(route: Route, options: { replace?: boolean } = {}): void {
  const hash = hashOf(route);
  if (hash === location.hash) return;
  if (options.replace === true) {
    history.replaceState(history.state, '', hash);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
    return;
  }
  pushedCount += 1;
  location.hash = hash;
}

/** One step back where that stays in the app, else to `fallback`. */
export function goBack(fallback: Route): void {
  if (pushedCount > 0) {
    pushedCount -= 1;
    history.back();
  } else {
    navigate(fallback, { replace: true });
  }
}
