import { useEffect } from 'react';
import { words } from '../words.ts';

/** The unread count and the open place in the tab's title. */
export function useDocumentTitle(unread: number, place: string | null): void {
  useEffect(() => {
    document.title = words.app.title(unread, place);
    return () => {
      document.title = words.app.name;
    };
  }, [unread, place]);
}
