/**
 * `sent`: the last appends of each device to each conversation, by transaction id (spec/log.md §Appending).
 * Invariant: of the newest `remembered` appends of a device to a conversation every one is found. That is twice
 * what a device may have unanswered, so an append whose answer was lost is among them when it is repeated.
 *
 * An index over all transaction ids, being random, would cost a page of the database per message. Here the entries
 * themselves are the record of what was sent lately: every `writtenEvery` entries of a conversation a row is written
 * per device that sent some of them, and what came after is read from the log when the conversation is first used.
 */
import type { DatabaseSync } from 'node:sqlite';
import { fromBinary } from '@bufbuild/protobuf';
import { type DeviceId, EntrySchema, idToBytes, limits } from '@sotto/protocol';
import type { AppendReceipt, MemberDeviceId } from '../store.ts';
import type { LogHead, LogTables } from './logTables.ts';

export const remembered = 2 * limits.requestsInFlight;
export const writtenEvery = 256;
const recordSizeBytes = 28;

/** What one device has appended to one conversation. */
export interface SentLog {
  readonly device: number;
  /** The ids of account and device, as they stand in every entry. */
  readonly senderAccount: Uint8Array;
  readonly senderDevice: Uint8Array;
  /** By transaction id, oldest first. */
  readonly receipts: Map<string, AppendReceipt>;
  /** Those that are in no row yet. */
  unwritten: [transactionId: string, receipt: AppendReceipt][];
}

/** What all devices have appended to one conversation, as far as it is in memory. */
export interface ConversationSent {
  readonly log: LogHead;
  /** Entries up to here are in rows. */
  writtenSeq: number;
  /** By device number; every device with something unwritten is here. */
  readonly senders: Map<number, SentLog>;
}

export class SentTable {
  readonly #logs: LogTables;
  readonly #readWrittenSeq;
  readonly #setWrittenSeq;
  readonly #read;
  readonly #insert;
  readonly #deleteBefore;
  readonly #touched = new Set<ConversationSent>();

  constructor(database: DatabaseSync, logs: LogTables) {
    this.#logs = logs;
    this.#readWrittenSeq = database.prepare('SELECT sent_seq AS seq FROM conversation WHERE log = ?');
    this.#setWrittenSeq = database.prepare('UPDATE conversation SET sent_seq = ? WHERE log = ?');
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

  /** Reads what was appended to `log` since rows were last written; `deviceOf` numbers its senders. */
  open(log: LogHead, deviceOf: (sender: MemberDeviceId['deviceId']) => number | null): ConversationSent {
    const writtenSeq = this.#readWrittenSeq.get(log.number)?.seq as number;
    const sent: ConversationSent = { log, writtenSeq, senders: new Map() };
    const range = { afterSeq: writtenSeq, throughSeq: log.headSeq, maxEntries: 1, maxSizeBytes: 1 };
    for (let afterSeq = writtenSeq; afterSeq < log.headSeq; ) {
      const [entry] = this.#logs.read(log.number, { ...range, afterSeq });
      if (entry === undefined) break;
      afterSeq = entry.seq;
      const { senderAccount, senderDevice, transactionId, acceptedAtMs } = fromBinary(
        EntrySchema,
        entry.bytes,
      );
      const device = deviceOf(senderDevice.toHex() as DeviceId);
      if (device === null) continue;
      const sender = this.#senderOf(sent, device, senderAccount, senderDevice);
      addReceipt(sender, transactionId, { seq: entry.seq, acceptedAtMs: Number(acceptedAtMs) });
    }
    return sent;
  }

  /** The appends of one device, read where they are not in memory. */
  sender(sent: ConversationSent, device: number, { accountId, deviceId }: MemberDeviceId): SentLog {
    return (
      sent.senders.get(device) ?? this.#senderOf(sent, device, idToBytes(accountId), idToBytes(deviceId))
    );
  }

  find(sender: SentLog, transactionId: Uint8Array): AppendReceipt | null {
    return sender.receipts.get(keyOf(transactionId)) ?? null;
  }

  add(sent: ConversationSent, sender: SentLog, transactionId: Uint8Array, receipt: AppendReceipt): void {
    addReceipt(sender, transactionId, receipt);
    if (receipt.seq - sent.writtenSeq >= writtenEvery) this.#touched.add(sent);
  }

  /** Writes rows where enough came together, and drops what is older than is remembered. */
  beforeCommit(): void {
    for (const sent of this.#touched) {
      const conversation = sent.log.number;
      for (const sender of sent.senders.values()) this.#write(conversation, sender);
      sent.writtenSeq = sent.log.headSeq;
      this.#setWrittenSeq.run(sent.writtenSeq, conversation);
    }
    this.#touched.clear();
  }

  forget(): void {
    this.#touched.clear();
  }

  #senderOf(
    { log, senders }: ConversationSent,
    device: number,
    senderAccount: Uint8Array,
    senderDevice: Uint8Array,
  ): SentLog {
    const known = senders.get(device);
    if (known !== undefined) return known;
    const sender: SentLog = { device, senderAccount, senderDevice, receipts: new Map(), unwritten: [] };
    for (const { records } of this.#read.iterate(log.number, device)) {
      const bytes = Buffer.from(records as Uint8Array);
      for (let at = 0; at < bytes.length; at += recordSizeBytes) {
        const receipt = { seq: bytes.readUIntBE(at + 16, 6), acceptedAtMs: bytes.readUIntBE(at + 22, 6) };
        sender.receipts.set(bytes.toString('latin1', at, at + 16), receipt);
      }
    }
    senders.set(device, sender);
    return sender;
  }

  #write(conversation: number, sender: SentLog): void {
    const { device, receipts } = sender;
    const newest = sender.unwritten.slice(-remembered);
    sender.unwritten = [];
    const [, last] = newest.at(-1) ?? [];
    if (last === undefined) return;
    const records = Buffer.alloc(newest.length * recordSizeBytes);
    for (const [i, [transactionId, { seq, acceptedAtMs }]] of newest.entries()) {
      const at = i * recordSizeBytes;
      records.write(transactionId, at, 'latin1');
      records.writeUIntBE(seq, at + 16, 6);
      records.writeUIntBE(acceptedAtMs, at + 22, 6);
    }
    this.#insert.run(conversation, device, last.seq, records);
    for (const key of receipts.keys()) {
      if (receipts.size <= remembered) break;
      receipts.delete(key);
    }
    const [oldest] = receipts.values();
    if (oldest !== undefined) this.#deleteBefore.run(conversation, device, oldest.seq);
  }
}

function addReceipt(sender: SentLog, transactionId: Uint8Array, receipt: AppendReceipt): void {
  const key = keyOf(transactionId);
  sender.receipts.set(key, receipt);
  sender.unwritten.push([key, receipt]);
}

function keyOf(transactionId: Uint8Array): string {
  const { buffer, byteOffset, length } = transactionId;
  const bytes = transactionId instanceof Buffer ? transactionId : Buffer.from(buffer, byteOffset, length);
  return bytes.toString('latin1');
}
