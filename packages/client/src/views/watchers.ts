import type { CallId, ConversationId } from '@sotto/protocol';
import type { WatchedViews } from '../api.ts';

type Kind = keyof WatchedViews;
export type Query<K extends Kind> = { kind: K } & WatchedViews[K]['query'];

interface Watcher {
  readonly kind: Kind;
  /** The one it is about, where the view is of one conversation. */
  readonly conversationId: ConversationId | null;
  /** The one that whoever watches holds. */
  readonly callId: CallId | null;
  /** Gives the present value. */
  readonly tell: () => void;
}

/** Who watches what. A listener that throws loses its turn, and nobody else does. */
export class Watchers {
  readonly #watchers = new Set<Watcher>();

  watch<K extends Kind>(
    query: Query<K>,
    present: () => WatchedViews[K]['value'],
    listener: (value: WatchedViews[K]['value']) => void,
  ): () => void {
    const about: { kind: Kind; conversationId?: ConversationId; callId?: CallId } = query;
    const watcher: Watcher = {
      kind: query.kind,
      conversationId: about.conversationId ?? null,
      callId: about.callId ?? null,
      tell: () => listener(present()),
    };
    this.#watchers.add(watcher);
    tellSafely(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  /** Whether anyone watches what is shown of this one conversation. */
  isWatched(conversation: ConversationId): boolean {
    for (const { conversationId } of this.#watchers) if (conversationId === conversation) return true;
    return false;
  }

  /** Whether somebody watches what comes for the media of this call: the one who holds it. */
  isHeld(call: CallId): boolean {
    for (const { callId } of this.#watchers) if (callId === call) return true;
    return false;
  }

  /** Tells those who hold one of these calls what has come for it. */
  tellCalls(calls: ReadonlySet<CallId>): void {
    for (const watcher of [...this.#watchers]) {
      if (watcher.callId !== null && calls.has(watcher.callId) && this.#watchers.has(watcher)) {
        tellSafely(watcher);
      }
    }
  }

  /** Tells those who watch `kind` the present value: all of them, or those of the conversations that are `about`. */
  tell(kind: Kind, about?: { has(conversation: ConversationId): boolean }): void {
    for (const watcher of [...this.#watchers]) {
      if (watcher.kind !== kind || !this.#watchers.has(watcher)) continue;
      const { conversationId } = watcher;
      if (about === undefined || conversationId === null || about.has(conversationId)) tellSafely(watcher);
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
