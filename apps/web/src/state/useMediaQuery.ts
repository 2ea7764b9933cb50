import { useSyncExternalStore } from 'react';

export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => window.matchMedia(query).matches,
  );
}

/** One pane at a time. Widths as in styles/layout.css. */
export function usePhoneLayout(): boolean {
  return useMediaQuery('(max-width: 759px)');
}
/** Room for the details pane beside the thread. */
export function useThreePanes(): boolean {
  return useMediaQuery('(min-width: 1160px)');
}
