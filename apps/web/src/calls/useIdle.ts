import { type RefObject, useEffect, useState } from 'react';

const idleMs = 4000;
const signs = ['pointermove', 'pointerdown', 'keydown', 'focusin'] as const;

/** Whether nothing was moved, pressed or focused on the page for a while: what lies over a picture may go then. */
export function useIdle(page: RefObject<HTMLElement | null>, enabled: boolean): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    const element = page.current;
    if (!enabled || element === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isIdle = false;
    let onlyWakes = false;
    const wake = (event?: Event): void => {
      if (event?.type === 'pointerdown')
        onlyWakes = isIdle && (event as PointerEvent).pointerType === 'touch';
      isIdle = false;
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => {
        isIdle = true;
        setIdle(true);
      }, idleMs);
    };
    // A finger that brings back what was gone presses nothing that it did not see.
    const click = (event: MouseEvent): void => {
      if (!onlyWakes) return;
      onlyWakes = false;
      event.preventDefault();
      event.stopPropagation();
    };
    wake();
    for (const sign of signs) element.addEventListener(sign, wake);
    element.addEventListener('click', click, { capture: true });
    return () => {
      clearTimeout(timer);
      setIdle(false);
      for (const sign of signs) element.removeEventListener(sign, wake);
      element.removeEventListener('click', click, { capture: true });
    };
  }, [page, enabled]);
  return idle;
}
