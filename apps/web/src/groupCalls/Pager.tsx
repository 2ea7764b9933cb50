import { type PointerEvent, type ReactNode, useEffect, useEffectEvent, useRef } from 'react';
import { CallIconButton } from '../calls/CallIconButton.tsx';
import { groupCallWords } from '../wordsGroupCalls.ts';

interface PagerProps {
  page: number;
  pages: number;
  onPage: (page: number) => void;
  children: ReactNode;
}

const say = groupCallWords.page;
/** A finger that moves so far to a side turns the page. */
const swipePx = 56;

/** Pages that are turned by buttons, arrow keys, or a finger. */
export function Pager({ page, pages, onPage, children }: PagerProps) {
  const from = useRef<{ x: number; y: number } | null>(null);
  const turn = (by: number): void => {
    const to = page + by;
    if (to >= 0 && to < pages) onPage(to);
  };
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const by = { ArrowLeft: -1, PageUp: -1, ArrowRight: 1, PageDown: 1 }[event.key];
    const { target } = event;
    if (by === undefined || !(target instanceof HTMLElement)) return;
    if (target !== document.body && target.closest('.groupCall-main, .groupCall h1') === null) return;
    if (document.querySelector('[role="dialog"], [role="menu"]') !== null) return;
    event.preventDefault();
    turn(by);
  });
  const isPaged = pages > 1;
  useEffect(() => {
    if (!isPaged) return;
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [isPaged]);
  const down = (event: PointerEvent): void => {
    from.current = event.pointerType === 'touch' ? { x: event.clientX, y: event.clientY } : null;
  };
  const up = (event: PointerEvent): void => {
    const start = from.current;
    from.current = null;
    if (start === null) return;
    const moved = { x: event.clientX - start.x, y: event.clientY - start.y };
    if (Math.abs(moved.x) > swipePx && Math.abs(moved.x) > 2 * Math.abs(moved.y)) turn(moved.x < 0 ? 1 : -1);
  };
  return (
    <div className="groupPager" onPointerDown={down} onPointerUp={up}>
      {children}
      {isPaged && (
        <div className="groupPager-foot">
          <CallIconButton
            icon="previous"
            label={say.previous}
            aria-disabled={page === 0}
            onClick={() => turn(-1)}
          />
          <span role="status">{say.pageOf(page + 1, pages)}</span>
          <CallIconButton
            icon="next"
            label={say.next}
            aria-disabled={page === pages - 1}
            onClick={() => turn(1)}
          />
        </div>
      )}
    </div>
  );
}
