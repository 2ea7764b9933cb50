/**
 * `account_item`: the newest sealed value of each slot of an account (spec/history.md §Account items). Invariant: of
 * the values of one account each has a version of its own, above all that were there when it came.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type AccountId, idToBytes, limits } from '@sotto/protocol';
import { done, type Outcome, refused } from '../../outcome.ts';
import type { AccountItemRecord, AccountItems } from '../store.ts';

export class AccountItemTable {
  readonly #version;
  readonly #put;
  readonly #count;
  readonly #find;
  readonly #read;

  constructor(database: DatabaseSync) {
    const account = '(SELECT number FROM account WHERE id = ?1)';
    this.#version = database.prepare(
      `SELECT coalesce(max(version), 0) AS version FROM account_item WHERE account = ${account}`,
    );
    this.#put = database.prepare(
      `INSERT INTO account_item (account, slot, version, sealed) VALUES (${account}, ?2, ?3, ?4)
       ON CONFLICT (account, slot) DO UPDATE SET version = ?3, sealed = ?4`,
    );
    this.#count = database.prepare(`SELECT count(*) AS items FROM account_item WHERE account = ${account}`);
    this.#find = database.prepare(
      `SELECT version FROM account_item WHERE account = ${account} AND slot = ?2`,
    );
    this.#read = database.prepare(
      `SELECT slot, version, sealed FROM account_item WHERE account = ${account} AND version > ?2
       ORDER BY version LIMIT ?3`,
    );
  }

  /** All of them, or none: each in the place of the version that it names. Slots differ. */
  put(accountId: AccountId, items: readonly AccountItemRecord[]): Outcome<number, 'too_many' | 'item_stale'> {
    const id = idToBytes(accountId);
    let version = this.#versionOf(id);
    let slots = this.#count.get(id)?.items as number;
    for (const item of items) {
      const present = this.#find.get(id, item.slot)?.version ?? 0;
      if (present !== item.version) return refused('item_stale');
      if (present === 0) slots += 1;
    }
    if (slots > limits.accountItems) return refused('too_many', { limit: limits.accountItems });
    for (const { slot, sealed } of items) {
      version += 1;
      this.#put.run(id, slot, version, sealed);
    }
    return done(version);
  }

  read(accountId: AccountId, afterVersion: number, maxItems: number, maxSizeBytes: number): AccountItems {
    const id = idToBytes(accountId);
    const items: AccountItemRecord[] = [];
    let leftBytes = maxSizeBytes;
    for (const row of this.#read.iterate(id, afterVersion, maxItems)) {
      const item = row as unknown as AccountItemRecord;
      leftBytes -= item.sealed.length;
      if (leftBytes < 0 && items.length > 0) break;
      items.push(item);
    }
    return { items, version: this.#versionOf(id) };
  }

  #versionOf(id: Uint8Array): number {
    return this.#version.get(id)?.version as number;
  }
}
