import { type ConversationGroup, decodeConversationGroup, eraseGroup, type Provider } from '@sotto/crypto';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';
import { readGroup, storeGroup } from './groupTable.ts';

const openLimit = 64;

/**
 * Groups in memory, as they are stored: replaced only after the transaction that stored the new state
 * (`replaced`), and what the old one held beyond it is erased then.
 */
export class OpenGroups {
  readonly #provider: Provider;
  readonly #open = new Map<ConversationKey, ConversationGroup>();

  constructor(provider: Provider) {
    this.#provider = provider;
  }

  /** The stored group; null where there is none, or what is stored does not decode. */
  get(sql: Sql, key: ConversationKey): ConversationGroup | null {
    const cached = this.#open.get(key);
    if (cached !== undefined) {
      this.#open.delete(key);
      this.#open.set(key, cached);
      return cached;
    }
    const stored = readGroup(sql, key);
    if (stored === null) return null;
    const group = decodeConversationGroup(this.#provider, stored);
    if (group.kind === 'refused') return null;
    this.#keep(key, group);
    return group;
  }

  /** The same for a view, outside of steps: it keeps nothing open, and so closes nothing that a step works on. */
  peek(sql: Sql, key: ConversationKey): ConversationGroup | null {
    const cached = this.#open.get(key);
    if (cached !== undefined) return cached;
    const stored = readGroup(sql, key);
    const group = stored === null ? null : decodeConversationGroup(this.#provider, stored);
    return group === null || group.kind === 'refused' ? null : group;
  }

  store(sql: Sql, key: ConversationKey, group: ConversationGroup): void {
    storeGroup(sql, key, group.epoch, group.encode());
  }

  /** After the commit: `states` are those the step went through, oldest first; the last is what is stored. */
  replaced(key: ConversationKey, states: readonly ConversationGroup[]): void {
    const newest = states.at(-1);
    if (newest === undefined) return;
    states.forEach((state, index) => {
      const next = states[index + 1];
      if (next !== undefined && next !== state) eraseGroup(state, next);
    });
    this.#keep(key, newest);
  }

  /** After the commit that removed it from storage. */
  dropped(key: ConversationKey): void {
    const group = this.#open.get(key);
    if (group !== undefined) eraseGroup(group, null);
    this.#open.delete(key);
  }

  eraseAll(): void {
    for (const group of this.#open.values()) eraseGroup(group, null);
    this.#open.clear();
  }

  #keep(key: ConversationKey, group: ConversationGroup): void {
    this.#open.delete(key);
    this.#open.set(key, group);
    if (this.#open.size <= openLimit) return;
    for (const [oldest, state] of this.#open) {
      eraseGroup(state, null);
      this.#open.delete(oldest);
      break;
    }
  }
}
