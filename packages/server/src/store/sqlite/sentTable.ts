/**
 * `sent`: the last appends of each device to each conversation, by transaction id (spec/log.md §Appending).
 * Invariant: of the newest `remembered` appends of a device to a conversation every one is found. That is twice
 * what a device may have unanswered, so an append whose answer was lost is among them when it is repeated.
 *
 * An index over all transaction ids, being random, would cost a page of the database per message; this costs one
 * row per device and commit.
 */
import type { DatabaseSync } from 'node:sqlite';
import { idToBytes, limits } from '@sotto/protocol';
import type { AppendReceipt, MemberDeviceId } from '../store.ts';

export const remembered = 2 * limits.requestsInFlight;
const recordSizeBytes = 28;

/** What one device has appended to one conversation. */
export interface SentLog {
  readonly conversation: number;
  readonly device: number;
  /** The ids of account and device, as they stand in every entry. */
  readonly senderAccount: Uint8Array;
  readonly senderDevice: Uint8Array;
  /** By transaction id, oldest first. */
  readonly receipts: Map<string, AppendReceipt>;
  /** Records that this transaction adds. */
  added: Buffer[];
}

export class SentTable {
  readonly #read;
  readonly #insert;
  readonly #deleteBefore;
  readonly #touched = new Set<SentLog>();

  constructor(database: DatabaseSync) {
    this.#read = database.prepare(
      'SELECT records FROM sent WHERE conversation = ? AND device = ? ORDER BY last_seq',
    );
    this.#insert = database.prepare(
      'INSERT INTO sent (conversation, device, last_seq, records) VALUES (?, ?, ?, ?)',
    );
    this.#deleteBefore = database.prepare(
      'DELETE FROM sent WHERE conversation = ? AND device = ? AND last_seq < ?',
    );
  }

  load(conversation: number, device: number, { accountId, deviceId }: MemberDeviceId): SentLog {
    const log: SentLog = {
      conversation,
      device,
      senderAccount: idToBytes(accountId),
      senderDevice: idToBytes(deviceId),
      receipts: new Map(),
      added: [],
    };
    for (const { records } of this.#read.iterate(conversation, device)) {
      const bytes = Buffer.from(records as Uint8Array);
      for (let at = 0; at < bytes.length; at += recordSizeBytes) {
        const receipt = { seq: bytes.readUIntBE(at + 16, 6), acceptedAtMs: bytes.readUIntBE(at + 22, 6) };
        log.receipts.set(bytes.toString('latin1', at, at + 16), receipt);
      }
    }
    return log;
  }

  find(log: SentLog, transactionId: Uint8Array): AppendReceipt | null {
    return log.receipts.get(keyOf(transactionId)) ?? null;
  }

  add(log: SentLog, transactionId: Uint8Array, receipt: AppendReceipt): void {
    log.receipts.set(keyOf(transactionId), receipt);
    const record = Buffer.allocUnsafe(recordSizeBytes);
    record.set(transactionId);
    record.writeUIntBE(receipt.seq, 16, 6);
    record.writeUIntBE(receipt.acceptedAtMs, 22, 6);
    log.added.push(record);
    this.#touched.add(log);
  }

  /** Writes what was added, and drops what is older than is remembered. */
  beforeCommit(): void {
    for (const log of this.#touched) {
      const { conversation, device, receipts, added } = log;
      const last = added.at(-1)!.readUIntBE(16, 6);
      this.#insert.run(conversation, device, last, added.length === 1 ? added[0]! : Buffer.concat(added));
      log.added = [];
      // In steps, so that most commits delete nothing.
      if (receipts.size > 2 * remembered) {
        for (const key of receipts.keys()) {
          if (receipts.size <= remembered) break;
          receipts.delete(key);
        }
        const [oldest] = receipts.values();
        this.#deleteBefore.run(conversation, device, oldest!.seq);
      }
    }
    this.#touched.clear();
  }

  forget(): void {
    this.#touched.clear();
  }
}

function keyOf(transactionId: Uint8Array): string {
  const { buffer, byteOffset, length } = transactionId;
  const bytes = transactionId instanceof Buffer ? transactionId : Buffer.from(buffer, byteOffset, length);
  return bytes.toString('latin1');
}
