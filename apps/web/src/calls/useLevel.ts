import { type RefObject, useEffect, useEffectEvent } from 'react';

/** Writes how loud it is, 0 to 1, into `--level` of an element, as often as the screen is drawn; without rendering. */
export function useLevel(element: RefObject<HTMLElement | null>, read: (() => number) | null): void {
  const level = useEffectEvent(() => read?.() ?? 0);
  const enabled = read !== null;
  useEffect(() => {
    const shown = element.current;
    if (!enabled || shown === null) return;
    let frame = 0;
    const draw = (): void => {
      shown.style.setProperty('--level', level().toFixed(2));
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => {
      cancelAnimationFrame(frame);
      shown.style.removeProperty('--level');
    };
  }, [element, enabled]);
}
