/**
 * `log`, `entry` and `cursor`: what conversations, inboxes and keyrings have in common. Invariant: the entries of a
 * log carry 1, 2, 3 … in the order in which they were appended.
 */
import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { idToBytes, lastingBytes } from '@sotto/protocol';
import { logKindOf, logName } from '../../log/logKey.ts';
import type { EntryRange, LogKey, StoredEntry } from '../store.ts';

/** The end of one log while it is in memory: one object per log. */
export interface LogHead {
  readonly number: number;
  headSeq: number;
  /** SHA-256 of the newest entry, empty where there is none; null until it is asked for. */
  headHash: Uint8Array | null;
}

export class LogTables {
  readonly #find;
  readonly #insertLog;
  readonly #insertEntry;
  readonly #setDeleted;
  readonly #readEntries;
  readonly #readBefore;
  readonly #moveCursor;
  readonly #deleteThrough;
  readonly #heads = new Map<string, LogHead>();

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(
      `SELECT number, max(deleted_seq, (SELECT coalesce(max(seq), 0) FROM entry WHERE entry.log = log.number)) AS headSeq
       FROM log WHERE kind = ? AND id = ?`,
    );
    this.#insertLog = database.prepare('INSERT INTO log (kind, id, deleted_seq) VALUES (?, ?, 0)');
    this.#insertEntry = database.prepare('INSERT INTO entry (log, seq, bytes) VALUES (?, ?, ?)');
    this.#setDeleted = database.prepare('UPDATE log SET deleted_seq = max(deleted_seq, ?) WHERE number = ?');
    this.#readEntries = database.prepare(
      'SELECT seq, bytes FROM entry WHERE log = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?',
    );
    this.#readBefore = database.prepare(
      'SELECT seq, bytes FROM entry WHERE log = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
    );
    this.#moveCursor = database.prepare(
      'INSERT INTO cursor (device, log, seq) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)',
    );
    this.#deleteThrough = database.prepare('DELETE FROM entry WHERE log = ? AND seq <= ?');
  }

  find(log: LogKey): LogHead | null {
    const name = logName(log);
    const known = this.#heads.get(name);
    if (known !== undefined) return known;
    const row = this.#find.get(logKindOf(log), idToBytes(log.id)) as
      | { number: number; headSeq: number }
      | undefined;
    if (row === undefined) return null;
    const head = { number: row.number, headSeq: row.headSeq, headHash: null };
    this.#heads.set(name, head);
    return head;
  }

  create(log: LogKey): LogHead {
    const number = Number(this.#insertLog.run(logKindOf(log), idToBytes(log.id)).lastInsertRowid);
    const head = { number, headSeq: 0, headHash: new Uint8Array(0) };
    this.#heads.set(logName(log), head);
    return head;
  }

  /** What the next entry of a hash-chained log (not an inbox) names as the hash of the one before it. */
  headHash(log: LogHead): Uint8Array {
    if (log.headHash === null) {
      const [newest] = this.readBefore(log.number, log.headSeq + 1, 1, 1);
      log.headHash = newest === undefined ? new Uint8Array(0) : hashEntry(newest.bytes);
    }
    return log.headHash;
  }

  /** Stores `bytes`, which must carry the seq after the head of `log` and, but in an inbox, its hash: that seq. */
  append(log: LogHead, bytes: Uint8Array): number {
    const seq = log.headSeq + 1;
    this.#insertEntry.run(log.number, seq, bytes);
    log.headSeq = seq;
    log.headHash = hashEntry(bytes);
    return seq;
  }

  /** The newest entries before `beforeSeq`, in ascending order, cut by number and size but never to none. */
  readBefore(logNumber: number, beforeSeq: number, maxEntries: number, maxSizeBytes: number): StoredEntry[] {
    const entries: StoredEntry[] = [];
    let sizeBytes = 0;
    for (const row of this.#readBefore.iterate(logNumber, beforeSeq, maxEntries)) {
      const bytes = row.bytes as Uint8Array;
      sizeBytes += bytes.length;
      if (entries.length > 0 && sizeBytes > maxSizeBytes) break;
      entries.push({ seq: row.seq as number, bytes });
    }
    return entries.reverse();
  }

  read(logNumber: number, range: EntryRange): StoredEntry[] {
    const entries: StoredEntry[] = [];
    let sizeBytes = 0;
    const rows = this.#readEntries.iterate(logNumber, range.afterSeq, range.throughSeq, range.maxEntries);
    for (const row of rows) {
      const bytes = row.bytes as Uint8Array;
      sizeBytes += bytes.length;
      if (entries.length > 0 && sizeBytes > range.maxSizeBytes) break;
      entries.push({ seq: row.seq as number, bytes });
    }
    return entries;
  }

  moveCursor(deviceNumber: number, log: LogHead, seq: number): void {
    this.#moveCursor.run(deviceNumber, log.number, Math.min(seq, log.headSeq));
  }

  deleteThrough(log: LogHead, seq: number): void {
    const throughSeq = Math.min(seq, log.headSeq);
    this.#setDeleted.run(throughSeq, log.number);
    this.#deleteThrough.run(log.number, throughSeq);
  }

  /** Logs in memory. */
  get size(): number {
    return this.#heads.size;
  }

  /** Forgets what is in memory: after a rollback, or to make room. */
  forget(): void {
    this.#heads.clear();
  }
}

function hashEntry(bytes: Uint8Array): Uint8Array {
  return hash('sha256', lastingBytes(bytes), 'buffer');
}
