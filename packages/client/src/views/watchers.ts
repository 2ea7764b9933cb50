import type { WatchedViews } from '../api.ts';

type Kind = keyof WatchedViews;
export type Query<K extends Kind> = { kind: K } & WatchedViews[K]['query'];

interface Watcher {
  readonly kind: Kind;
  /** Gives the present value. */
  readonly tell: () => void;
}

/** Who watches what. A listener that throws loses its turn, and nobody else does. */
export class Watchers {
  readonly #watchers = new Set<Watcher>();

  watch<K extends Kind>(
    kind: K,
    present: () => WatchedViews[K]['value'],
    listener: (value: WatchedViews[K]['value']) => void,
  ): () => void {
    const watcher: Watcher = { kind, tell: () => listener(present()) };
    this.#watchers.add(watcher);
    tellSafely(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  /** Tells all who watch `kind` the present value. */
  tell(kind: Kind): void {
    for (const watcher of [...this.#watchers]) {
      if (watcher.kind === kind && this.#watchers.has(watcher)) tellSafely(watcher);
    }
  }
}

function tellSafely(watcher: Watcher): void {
  try {
    watcher.tell();
  } catch (error) {
    // The listener's own fault: it surfaces as an uncaught error, and the step that told it goes on.
    queueMicrotask(() => {
      throw error;
    });
  }
}
