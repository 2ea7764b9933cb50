import {
  type ConversationGroup,
  decodeConversationGroup,
  eraseGroup,
  eraseGroupDelta,
  groupDelta,
  type Provider,
} from '@sotto/crypto';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';
import { eraseRecords, readGroup, storeGroup } from './groupTable.ts';

const openLimit = 64;

/**
 * Groups in memory, as they are stored: replaced only after the transaction that stored the new state
 * (`replaced`), and what the old one held beyond it is erased then. So what a step stores is what it changed of the one
 * in memory. `get`, `store`, `storeAnew`, `replaced` and `dropped` are for steps, which run one at a time: a group that a
 * step works on is never closed under it.
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
    const group = this.#read(sql, key);
    if (group !== null) this.#keep(key, group);
    return group;
  }

  /**
   * The same outside of steps, for as long as `use` runs and no longer: it opens and closes nothing that a step works
   * on.
   */
  look<T>(sql: Sql, key: ConversationKey, use: (group: ConversationGroup | null) => T): T {
    const cached = this.#open.get(key);
    if (cached !== undefined) return use(cached);
    const group = this.#read(sql, key);
    const result = use(group);
    if (group !== null) eraseGroup(group, null);
    return result;
  }

  /** Stores what came of the group, any number of states later: what changed since the one in memory. */
  store(sql: Sql, key: ConversationKey, group: ConversationGroup): void {
    this.#store(sql, key, this.#open.get(key) ?? null, group);
  }

  /** Stores a group that did not come of the one that is stored, and in its place. */
  storeAnew(sql: Sql, key: ConversationKey, group: ConversationGroup): void {
    this.#store(sql, key, null, group);
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

  #read(sql: Sql, key: ConversationKey): ConversationGroup | null {
    const stored = readGroup(sql, key);
    if (stored === null) return null;
    const group = decodeConversationGroup(this.#provider, stored);
    eraseRecords(stored);
    return group.kind === 'refused' ? null : group;
  }

  #store(sql: Sql, key: ConversationKey, stored: ConversationGroup | null, group: ConversationGroup): void {
    const delta = groupDelta(stored, group);
    storeGroup(sql, key, { delta, group, isSameEpoch: stored?.epoch === group.epoch });
    eraseGroupDelta(delta);
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
