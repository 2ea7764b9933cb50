import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';

interface Corner {
  readonly x: 'left' | 'right';
  readonly y: 'top' | 'bottom';
}

interface SmallPictureProps {
  label: string;
  /** The right corner that it begins in. */
  start?: Corner['y'];
  onPress: () => void;
  children: ReactNode;
}

/** Less than this is a press. */
const dragPixels = 6;
const toCorner: Record<string, Partial<Corner>> = {
  ArrowLeft: { x: 'left' },
  ArrowRight: { x: 'right' },
  ArrowUp: { y: 'top' },
  ArrowDown: { y: 'bottom' },
};

/** A small picture in a corner: dragged or moved by the arrow keys to another one; a press does what its label says. */
export function SmallPicture({ label, start = 'bottom', onPress, children }: SmallPictureProps) {
  const [corner, setCorner] = useState<Corner>({ x: 'right', y: start });
  const [offset, setOffset] = useState<{ x: number; y: number } | null>(null);
  const from = useRef<{ x: number; y: number } | null>(null);
  const wasDragged = useRef(false);

  const down = (event: PointerEvent<HTMLButtonElement>): void => {
    if (event.button !== 0) return;
    from.current = { x: event.clientX, y: event.clientY };
    wasDragged.current = false;
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent<HTMLButtonElement>): void => {
    if (from.current === null) return;
    const by = { x: event.clientX - from.current.x, y: event.clientY - from.current.y };
    if (!wasDragged.current && Math.hypot(by.x, by.y) < dragPixels) return;
    wasDragged.current = true;
    setOffset(by);
  };
  const up = (event: PointerEvent<HTMLButtonElement>): void => {
    const stage = event.currentTarget.offsetParent?.getBoundingClientRect();
    if (from.current !== null && wasDragged.current && stage !== undefined) {
      const box = event.currentTarget.getBoundingClientRect();
      const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      setCorner({
        x: middle.x < stage.x + stage.width / 2 ? 'left' : 'right',
        y: middle.y < stage.y + stage.height / 2 ? 'top' : 'bottom',
      });
    }
    from.current = null;
    setOffset(null);
  };
  const keyDown = (event: KeyboardEvent): void => {
    const to = toCorner[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setCorner((now) => ({ ...now, ...to }));
  };
  return (
    <button
      type="button"
      className="callSmall"
      aria-label={label}
      data-x={corner.x}
      data-y={corner.y}
      data-moving={offset !== null}
      style={offset === null ? undefined : { transform: `translate(${offset.x}px, ${offset.y}px)` }}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onKeyDown={keyDown}
      onClick={() => {
        if (!wasDragged.current) onPress();
        wasDragged.current = false;
      }}
    >
      {children}
    </button>
  );
}
