import { useEffect } from 'react';
import { words } from '../words.ts';

/** The unread count and the open place in the tab's title; before them, who is calling. */
export function useDocumentTitle(unread: number, place: string | null, caller: string | null): void {
  useEffect(() => {
    document.title = caller === null ? words.app.title(unread, place) : words.app.ringing(caller);
    return () => {
      document.title = words.app.name;
    };
  }, [unread, place, caller]);
}
