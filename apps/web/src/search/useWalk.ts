import { type KeyboardEvent, type RefObject, useCallback } from 'react';

/** Arrow keys walk through the links in `rows`, and up from the first one to `field`. Menus' keys are their own. */
export function useWalk(
  rows: RefObject<HTMLElement | null>,
  field: RefObject<HTMLElement | null>,
): (event: KeyboardEvent) => void {
  return useCallback(
    (event) => {
      const links = [...(rows.current?.querySelectorAll<HTMLElement>('a, button:not(.list-more)') ?? [])];
      const at = links.indexOf(document.activeElement as HTMLElement);
      if (links.indexOf(event.target as HTMLElement) < 0 && event.target !== field.current) return;
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
      if (to === undefined) return;
      if ((event.key === 'Home' || event.key === 'End') && at < 0) return;
      event.preventDefault();
      if (to < 0) field.current?.focus();
      else links[Math.min(to, links.length - 1)]?.focus();
    },
    [rows, field],
  );
}
