/** `passkey`. Invariant: the rows of an account are the passkeys that its newest chain entry leaves it. */
import type { DatabaseSync } from 'node:sqlite';
import { type AccountId, idToBytes, limits, type PasskeyId } from '@sotto/protocol';
import type { PasskeyChange, PasskeyRecord } from '../store.ts';

export class PasskeyTable {
  readonly #list;
  readonly #count;
  readonly #insert;
  readonly #delete;
  readonly #used;

  constructor(database: DatabaseSync) {
    const account = '(SELECT number FROM account WHERE id = ?)';
    this.#list = database.prepare(
      `SELECT id, public_key AS publicKey, label, last_used_ms AS lastUsedMs FROM passkey
       WHERE account = ${account} ORDER BY added_seq`,
    );
    this.#count = database.prepare('SELECT count(*) AS passkeys FROM passkey WHERE account = ?');
    this.#insert = database.prepare('INSERT OR IGNORE INTO passkey VALUES (?, ?, ?, ?, ?, 0)');
    this.#delete = database.prepare('DELETE FROM passkey WHERE account = ? AND id = ?');
    this.#used = database.prepare(
      `UPDATE passkey SET last_used_ms = max(last_used_ms, ?) WHERE account = ${account} AND id = ?`,
    );
  }

  list(accountId: AccountId): PasskeyRecord[] {
    return this.#list.all(idToBytes(accountId)).map((row) => ({
      passkeyId: (row.id as Uint8Array).toHex() as PasskeyId,
      publicKey: row.publicKey as Uint8Array,
      label: row.label as Uint8Array,
      lastUsedMs: row.lastUsedMs as number,
    }));
  }

  find(accountId: AccountId, passkeyId: PasskeyId): PasskeyRecord | null {
    return this.list(accountId).find((one) => one.passkeyId === passkeyId) ?? null;
  }

  /** False, and nothing is changed, where it is there already (added) or is not (removed), or there are too many. */
  change(account: number, seq: number, change: PasskeyChange): boolean {
    if (change.kind === 'removed')
      return this.#delete.run(account, idToBytes(change.passkeyId)).changes === 1;
    if ((this.#count.get(account)?.passkeys as number) >= limits.passkeysPerAccount) return false;
    const { passkeyId, publicKey, label } = change;
    return this.#insert.run(account, idToBytes(passkeyId), publicKey, label, seq).changes === 1;
  }

  used(accountId: AccountId, passkeyId: PasskeyId, atMs: number): void {
    this.#used.run(atMs, idToBytes(accountId), idToBytes(passkeyId));
  }
}
