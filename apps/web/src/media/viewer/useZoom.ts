/** Looking closely at a picture: by wheel, two fingers, double press and keys; and what a finger does while nothing is enlarged. */
import { type PointerEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react';

interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}
export interface Swipes {
  previous(): void;
  next(): void;
  close(): void;
}

const still: View = { scale: 1, x: 0, y: 0 };
const largest = 8;
const step = 1.4;
const panStep = 80;
const swipeDistance = 70;
const closeDistance = 110;

function bounded(view: View, box: HTMLElement | null): View {
  const scale = Math.min(largest, Math.max(1, view.scale));
  if (scale === 1 || box === null) return still;
  const limit = (size: number): number => (size * (scale - 1)) / 2;
  const clamp = (value: number, to: number): number => Math.min(to, Math.max(-to, value));
  return { scale, x: clamp(view.x, limit(box.clientWidth)), y: clamp(view.y, limit(box.clientHeight)) };
}

export interface Zoom {
  readonly style: { transform: string };
  readonly isLarge: boolean;
  larger(): void;
  smaller(): void;
  /** Moves what is seen of an enlarged picture; false where nothing is enlarged. */
  pan(x: number, y: number): boolean;
  reset(): void;
  readonly handlers: {
    onPointerDown(event: PointerEvent<HTMLElement>): void;
    onPointerMove(event: PointerEvent<HTMLElement>): void;
    onPointerUp(event: PointerEvent<HTMLElement>): void;
    onPointerCancel(event: PointerEvent<HTMLElement>): void;
    onDoubleClick(): void;
  };
}

export function useZoom(box: RefObject<HTMLElement | null>, swipes: Swipes): Zoom {
  const [view, setView] = useState(still);
  const fingers = useRef(new Map<number, { x: number; y: number }>());
  const started = useRef<{ x: number; y: number } | null>(null);
  const change = useCallback(
    (by: (now: View) => View) => setView((now) => bounded(by(now), box.current)),
    [box],
  );
  const zoomAt = useCallback(
    (factor: number, clientX?: number, clientY?: number) =>
      change((now) => {
        const scale = Math.min(largest, Math.max(1, now.scale * factor));
        const element = box.current;
        if (element === null || clientX === undefined || clientY === undefined) {
          return { scale, x: (now.x * scale) / now.scale, y: (now.y * scale) / now.scale };
        }
        const { left, top, width, height } = element.getBoundingClientRect();
        const [px, py] = [clientX - left - width / 2, clientY - top - height / 2];
        const by = scale / now.scale;
        return { scale, x: px - (px - now.x) * by, y: py - (py - now.y) * by };
      }),
    [box, change],
  );

  // React listens to wheels passively: then the page could not be kept still.
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      zoomAt(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [box, zoomAt]);

  const up = (event: PointerEvent<HTMLElement>): void => {
    const begin = started.current;
    const alone = fingers.current.size === 1;
    fingers.current.delete(event.pointerId);
    if (fingers.current.size === 0) started.current = null;
    if (!alone || begin === null || view.scale > 1 || event.type === 'pointercancel') return;
    const [dx, dy] = [event.clientX - begin.x, event.clientY - begin.y];
    if (dy > closeDistance && Math.abs(dy) > Math.abs(dx)) swipes.close();
    else if (Math.abs(dx) > swipeDistance && Math.abs(dx) > Math.abs(dy)) {
      if (dx < 0) swipes.next();
      else swipes.previous();
    }
  };
  return {
    style: { transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` },
    isLarge: view.scale > 1,
    larger: () => zoomAt(step),
    smaller: () => zoomAt(1 / step),
    pan: (x, y) => {
      if (view.scale === 1) return false;
      change((now) => ({ ...now, x: now.x + x * panStep, y: now.y + y * panStep }));
      return true;
    },
    reset: () => setView(still),
    handlers: {
      onPointerDown: (event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
        started.current = fingers.current.size === 1 ? { x: event.clientX, y: event.clientY } : null;
      },
      onPointerMove: (event) => {
        const before = fingers.current.get(event.pointerId);
        if (before === undefined) return;
        const now = { x: event.clientX, y: event.clientY };
        const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
        fingers.current.set(event.pointerId, now);
        if (other !== undefined) {
          const far = Math.hypot(now.x - other.x, now.y - other.y);
          const was = Math.hypot(before.x - other.x, before.y - other.y);
          if (was > 0) zoomAt(far / was, (now.x + other.x) / 2, (now.y + other.y) / 2);
        } else if (view.scale > 1) {
          change((at) => ({ ...at, x: at.x + now.x - before.x, y: at.y + now.y - before.y }));
        }
      },
      onPointerUp: up,
      onPointerCancel: up,
      onDoubleClick: () => (view.scale > 1 ? setView(still) : zoomAt(2.5)),
    },
  };
}
