import type { ConversationKey } from '../conversations/conversationTable.ts';

/** Each is a commit: more at once only keep what somebody waits for from its turn. */
const atOnce = 2;

/**
 * Whose turn it is to put the account's choice into its policy, where nobody waits for it: a choice for all
 * conversations makes a commit in each (spec/history.md, "What an account chooses").
 */
export class ChoiceTurns {
  readonly #wake: (key: ConversationKey) => void;
  readonly #busy = new Set<ConversationKey>();
  readonly #waiting = new Set<ConversationKey>();

  constructor(wake: (key: ConversationKey) => void) {
    this.#wake = wake;
  }

  /** Whether it may now. Where not, it is woken when its turn comes. */
  take(key: ConversationKey): boolean {
    if (this.#busy.has(key) || this.#busy.size < atOnce) {
      this.#waiting.delete(key);
      this.#busy.add(key);
      return true;
    }
    this.#waiting.add(key);
    return false;
  }

  /** Its work is at rest: done, or it cannot now, or it is another's turn. */
  end(key: ConversationKey): void {
    this.#busy.delete(key);
    if (this.#busy.size >= atOnce) return;
    for (const next of this.#waiting) {
      if (next === key) continue;
      this.#waiting.delete(next);
      this.#wake(next);
      break;
    }
  }

  /** A new connection: those that still want to ask again. */
  reset(): void {
    this.#waiting.clear();
  }
}
