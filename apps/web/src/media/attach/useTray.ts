/** What is in the tray: each file is prepared as it comes, and anew where it is to be sent in another way. */
import { useEffect, useRef, useState } from 'react';
import { type Preparation, prepareAttachment } from '../prepare/prepareAttachment.ts';

export type Manner = 'smaller' | 'original' | 'file';

export interface TrayItem {
  readonly id: number;
  readonly file: File;
  /** Null while it is being prepared. */
  readonly preparation: Preparation | null;
}

export const trayLimit = 30;
/** So many at once: each is a decoded picture in memory. */
const atOnce = 2;

export interface Tray {
  readonly items: readonly TrayItem[];
  readonly cut: boolean;
  remove(id: number): void;
}

export function useTray(files: readonly File[], manner: Manner): Tray {
  const [items, setItems] = useState<readonly TrayItem[]>([]);
  const [cut, setCut] = useState(false);
  const known = useRef(0);
  const made = useRef(0);
  const working = useRef(new Set<string>());

  useEffect(() => {
    const fresh = files.slice(known.current);
    known.current = files.length;
    setItems((before) => {
      const room = Math.max(0, trayLimit - before.length);
      if (fresh.length > room) setCut(true);
      const added = fresh.slice(0, room).map((file): TrayItem => {
        made.current += 1;
        return { id: made.current, file, preparation: null };
      });
      return [...before, ...added];
    });
  }, [files]);

  const last = useRef(manner);
  useEffect(() => {
    if (last.current === manner) return;
    last.current = manner;
    setItems((before) => before.map((item) => ({ ...item, preparation: null })));
  }, [manner]);

  useEffect(() => {
    for (const { id, file, preparation } of items) {
      const key = `${id} ${manner}`;
      if (working.current.size >= atOnce) return;
      if (preparation !== null || working.current.has(key)) continue;
      working.current.add(key);
      prepareAttachment(file, { asFile: manner === 'file', original: manner === 'original' })
        .catch((): Preparation => ({ kind: 'refused', reason: 'unreadable' }))
        .then((done) => {
          working.current.delete(key);
          setItems((now) =>
            now.map((item) =>
              item.id === id && last.current === manner ? { ...item, preparation: done } : item,
            ),
          );
        });
    }
  }, [items, manner]);

  return { items, cut, remove: (id) => setItems((now) => now.filter((item) => item.id !== id)) };
}
