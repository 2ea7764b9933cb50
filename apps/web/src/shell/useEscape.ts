import { useEffect, useEffectEvent } from 'react';

/** Escape, where no dialog, menu or field has used it. */
export function useEscape(act: () => void): void {
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
    if (document.querySelector('[role="dialog"], [role="menu"]') !== null) return;
    if (event.target instanceof HTMLInputElement) return;
    act();
  });
  useEffect(() => {
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
}
