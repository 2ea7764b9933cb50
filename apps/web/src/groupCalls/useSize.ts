import { useEffect, useState } from 'react';
import type { Size } from './tileGrid.ts';

/** The room that the element with `ref` has, as it changes; null until it was measured. */
export function useSize(): { ref: (element: HTMLElement | null) => void; size: Size | null } {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [size, setSize] = useState<Size | null>(null);
  useEffect(() => {
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = entry.contentRect;
      setSize({ width: Math.floor(width), height: Math.floor(height) });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return { ref: setElement, size };
}
