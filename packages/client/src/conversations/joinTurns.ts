import type { ConversationId } from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Sql } from '../ports.ts';
import type { ConversationKey } from './conversationTable.ts';

/** Each join computes for milliseconds and waits for the server twice: more at once only make the first one later. */
const joinsAtOnce = 4;

/**
 * Whose turn it is to join its group by a commit of its own (spec/sync.md §Joining): a few conversations at once, those
 * open in a view first, then those with something to send, then the ones in which something happened last.
 */
export class JoinTurns {
  readonly #device: () => DeviceContext;
  readonly #joining = new Set<ConversationKey>();
  readonly #waiting = new Set<ConversationKey>();
  #isChoosing = false;

  constructor(device: () => DeviceContext) {
    this.#device = device;
  }

  /** Whether it may join now. Where not, it is woken when its turn comes. */
  take(key: ConversationKey): boolean {
    if (this.#joining.has(key)) return true;
    this.#waiting.add(key);
    this.#choose();
    return false;
  }

  /** It joined, or cannot now. */
  end(key: ConversationKey): void {
    if (this.#joining.delete(key)) this.#choose();
  }

  /** A new connection: those that still want to join ask again. */
  reset(): void {
    this.#waiting.clear();
  }

  /** A moment later, so that all who ask at once are compared. */
  #choose(): void {
    if (this.#isChoosing) return;
    this.#isChoosing = true;
    queueMicrotask(() => {
      this.#isChoosing = false;
      const room = joinsAtOnce - this.#joining.size;
      if (room <= 0 || this.#waiting.size === 0) return;
      const device = this.#device();
      const chosen = device.database
        .read((sql) => joinOrder(sql, (id) => device.isOpen(id)))
        .filter((key) => this.#waiting.has(key))
        .slice(0, room);
      for (const key of chosen) {
        this.#waiting.delete(key);
        this.#joining.add(key);
      }
      for (const key of chosen) device.wake(key);
    });
  }
}

/** Conversations that this device has not joined, the most wanted first. */
function joinOrder(sql: Sql, isOpen: (id: ConversationId) => boolean): ConversationKey[] {
  const rows = sql.all(
    `SELECT key, conversation_id, EXISTS (SELECT 1 FROM outbox WHERE outbox.conversation = conversation.key) AS sends
     FROM conversation WHERE state = 'joining' ORDER BY sends DESC, last_activity_ms DESC, key`,
  );
  const keys = (open: boolean) =>
    rows
      .filter((row) => isOpen(row.conversation_id as ConversationId) === open)
      .map((row) => row.key as ConversationKey);
  return [...keys(true), ...keys(false)];
}
