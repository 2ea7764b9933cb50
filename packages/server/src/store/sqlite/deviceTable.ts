/** What the server keeps of devices beside their place in the chain: label, when last seen, deliveries. */
import type { DatabaseSync } from 'node:sqlite';
import { type AccountId, type DeviceId, idToBytes } from '@sotto/protocol';
import type { Delivery, ListedDeviceRecord } from '../store.ts';

export class DeviceTable {
  readonly #list;
  readonly #label;
  readonly #seen;
  readonly #deliver;
  readonly #deliveries;
  readonly #forgetThrough;
  readonly #forgetAll;
  readonly #forgetTarget;

  constructor(database: DatabaseSync) {
    this.#list = database.prepare(
      `SELECT device.id, label, last_seen_ms AS lastSeenMs FROM device
       WHERE account = (SELECT number FROM account WHERE id = ?) AND active = 1 ORDER BY device.number`,
    );
    this.#label = database.prepare(
      `UPDATE device SET label = ?
       WHERE id = ? AND active = 1 AND account = (SELECT number FROM account WHERE id = ?)`,
    );
    this.#seen = database.prepare('UPDATE device SET last_seen_ms = max(last_seen_ms, ?) WHERE id = ?');
    const number = '(SELECT number FROM device WHERE id = ?)';
    this.#deliver = database.prepare(
      `INSERT OR REPLACE INTO delivery (device, chain_seq, sealed) VALUES (${number}, ?, ?)`,
    );
    this.#deliveries = database.prepare(
      `SELECT chain_seq AS chainSeq, sealed FROM delivery WHERE device = ${number} AND chain_seq > ? ORDER BY chain_seq`,
    );
    this.#forgetThrough = database.prepare(
      `DELETE FROM delivery WHERE device = ${number} AND chain_seq <= ?`,
    );
    this.#forgetAll = database.prepare(`DELETE FROM delivery WHERE device = ${number}`);
    this.#forgetTarget = database.prepare(`DELETE FROM push_target WHERE device = ${number}`);
  }

  list(accountId: AccountId): ListedDeviceRecord[] {
    return this.#list.all(idToBytes(accountId)).map((row) => ({
      deviceId: (row.id as Uint8Array).toHex() as DeviceId,
      label: row.label as Uint8Array | null,
      lastSeenMs: row.lastSeenMs as number,
    }));
  }

  /** False where it is no device of the account now. */
  label(accountId: AccountId, deviceId: DeviceId, label: Uint8Array): boolean {
    return this.#label.run(label, idToBytes(deviceId), idToBytes(accountId)).changes === 1;
  }

  seen(deviceId: DeviceId, atMs: number): void {
    this.#seen.run(atMs, idToBytes(deviceId));
  }

  deliver(chainSeq: number, deliveries: readonly Delivery[]): void {
    for (const { deviceId, sealed } of deliveries) this.#deliver.run(idToBytes(deviceId), chainSeq, sealed);
  }

  deliveries(deviceId: DeviceId, afterSeq: number): { chainSeq: number; sealed: Uint8Array }[] {
    return this.#deliveries.all(idToBytes(deviceId), afterSeq) as unknown as {
      chainSeq: number;
      sealed: Uint8Array;
    }[];
  }

  /** The device has stored those up to `throughSeq`. */
  taken(deviceId: DeviceId, throughSeq: number): void {
    this.#forgetThrough.run(idToBytes(deviceId), throughSeq);
  }

  /** It was removed: what waited for it is nobody's, and nothing wakes it. */
  forget(deviceId: DeviceId): void {
    this.#forgetAll.run(idToBytes(deviceId));
    this.#forgetTarget.run(idToBytes(deviceId));
  }
}
