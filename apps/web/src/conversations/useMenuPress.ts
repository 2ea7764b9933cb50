import {
  type HTMLAttributes,
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  type TouchEvent,
  useEffect,
  useMemo,
  useRef,
} from 'react';
import type { MenuPoint } from '../parts/PointMenu.tsx';

/** What the link, or the message, is given. */
export type MenuPress = Pick<
  HTMLAttributes<HTMLElement>,
  | 'draggable'
  | 'onContextMenu'
  | 'onKeyDownCapture'
  | 'onPointerDown'
  | 'onPointerMove'
  | 'onPointerUp'
  | 'onPointerCancel'
  | 'onTouchEnd'
  | 'onClickCapture'
>;

const pressMs = 500;
/** A finger does not rest quite still. */
const slackPixels = 10;

/**
 * Opens the menu of a link, or a message, by a right click, the menu key, or a finger that rests on it, in browsers too that make no
 * context menu of that. Lifting the finger then does not count as a tap.
 */
export function useMenuPress(open: (at: MenuPoint) => void): MenuPress {
  const press = useRef<{ at: MenuPoint; timer: number } | null>(null);
  const hasOpened = useRef(false);
  const isKeyed = useRef(false);
  useEffect(() => () => clearTimeout(press.current?.timer), []);
  return useMemo(() => {
    const end = (): void => {
      clearTimeout(press.current?.timer);
      press.current = null;
    };
    return {
      draggable: false,
      onContextMenu: (event: MouseEvent) => {
        event.preventDefault();
        open({ x: event.clientX, y: event.clientY, byKeyboard: isKeyed.current });
      },
      onKeyDownCapture: ({ key, shiftKey }: KeyboardEvent) => {
        isKeyed.current = key === 'ContextMenu' || (key === 'F10' && shiftKey);
      },
      onPointerDown: (event: PointerEvent) => {
        end();
        isKeyed.current = false;
        hasOpened.current = false;
        if (event.pointerType !== 'touch') return;
        const at = { x: event.clientX, y: event.clientY, byKeyboard: false };
        const timer = window.setTimeout(() => {
          hasOpened.current = true;
          open(at);
        }, pressMs);
        press.current = { at, timer };
      },
      onPointerMove: ({ clientX, clientY }: PointerEvent) => {
        if (press.current === null) return;
        const { x, y } = press.current.at;
        if (Math.hypot(clientX - x, clientY - y) > slackPixels) end();
      },
      onPointerUp: end,
      onPointerCancel: end,
      // Without this, lifting the finger would go on as a mouse that takes the focus from the menu.
      onTouchEnd: (event: TouchEvent) => {
        if (hasOpened.current) event.preventDefault();
      },
      onClickCapture: (event: MouseEvent) => {
        if (!hasOpened.current) return;
        hasOpened.current = false;
        event.preventDefault();
        event.stopPropagation();
      },
    };
  }, [open]);
}
