/** What of others' pictures is on the screen now, and how large: only that is asked for. */
import type { GroupCallSession, WantedPicture } from '@sotto/sdk/groupCalls';
import { createContext, type RefObject, useContext, useEffect, useState } from 'react';

interface Tile {
  readonly joinId: string;
  readonly source: WantedPicture['source'];
  isVisible: boolean;
  widthPx: number;
}

/** Watches the elements of a call's page, and tells its session once for each change of what is seen. */
export class ShownPictures {
  readonly #show: (wanted: readonly WantedPicture[]) => void;
  readonly #tiles = new Map<Element, Tile>();
  readonly #seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting, boundingClientRect } of entries) {
      const tile = this.#tiles.get(target);
      if (tile === undefined) continue;
      tile.isVisible = isIntersecting;
      tile.widthPx = boundingClientRect.width;
    }
    this.#tell();
  });
  readonly #sized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const tile = this.#tiles.get(target);
      if (tile !== undefined) tile.widthPx = contentRect.width;
    }
    this.#tell();
  });
  readonly #hidden = (): void => this.#tell();
  #isTold = false;
  #last = '[]';

  constructor(show: (wanted: readonly WantedPicture[]) => void) {
    this.#show = show;
    document.addEventListener('visibilitychange', this.#hidden);
  }

  /** Until it is called back, `element` shows that picture. */
  observe(element: Element, joinId: string, source: WantedPicture['source']): () => void {
    this.#tiles.set(element, { joinId, source, isVisible: false, widthPx: 0 });
    this.#seen.observe(element);
    this.#sized.observe(element);
    return () => {
      this.#tiles.delete(element);
      this.#seen.unobserve(element);
      this.#sized.unobserve(element);
      this.#tell();
    };
  }

  /** Nothing is seen any more. */
  close(): void {
    document.removeEventListener('visibilitychange', this.#hidden);
    this.#seen.disconnect();
    this.#sized.disconnect();
    this.#tiles.clear();
    this.#tell();
  }

  /** Once for all that changes at a time. */
  #tell(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    queueMicrotask(() => {
      this.#isTold = false;
      const wanted = document.hidden ? [] : wantedOf([...this.#tiles.values()], devicePixelRatio);
      const text = JSON.stringify(wanted);
      if (text === this.#last) return;
      this.#last = text;
      this.#show(wanted);
    });
  }
}

/** Each picture once, as large as it is shown anywhere; the largest first. */
export function wantedOf(tiles: readonly Readonly<Tile>[], pixelRatio: number): readonly WantedPicture[] {
  const wanted = new Map<string, WantedPicture>();
  for (const { joinId, source, isVisible, widthPx } of tiles) {
    if (!isVisible || widthPx <= 0) continue;
    const key = `${joinId} ${source}`;
    const width = Math.round(widthPx * pixelRatio);
    if ((wanted.get(key)?.widthPx ?? 0) < width) wanted.set(key, { joinId, source, widthPx: width });
  }
  return [...wanted.values()].sort((a, b) => b.widthPx - a.widthPx);
}

export const ShownContext = createContext<ShownPictures | null>(null);

/** For as long as a page (or what is left of it beside the chats) shows pictures of the call. */
export function useShownPictures(session: GroupCallSession): ShownPictures | null {
  const [shown, setShown] = useState<ShownPictures | null>(null);
  useEffect(() => {
    const made = new ShownPictures((wanted) => session.show(wanted));
    setShown(made);
    return () => made.close();
  }, [session]);
  return shown;
}

/** Says of an element that it shows a picture; `isOn`: there is one to be shown. */
export function useShown(
  element: RefObject<HTMLElement | null>,
  joinId: string,
  source: WantedPicture['source'],
  isOn: boolean,
): void {
  const shown = useContext(ShownContext);
  useEffect(() => {
    if (shown === null || !isOn || element.current === null) return;
    return shown.observe(element.current, joinId, source);
  }, [shown, element, joinId, source, isOn]);
}
