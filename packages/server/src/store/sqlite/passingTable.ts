/**
 * `passing`: entries whose content goes once every member device has stored it, or its time is over (spec/log.md §Passing
 * entries). Invariant: an entry has content exactly while its row is here.
 */
import type { DatabaseSync } from 'node:sqlite';
import { lastingBytes } from '@sotto/protocol';
import type { BlobTables } from './blobTables.ts';

export class PassingTable {
  readonly #blobs: BlobTables;
  readonly #insert;
  readonly #logs;
  readonly #storedByAll;
  readonly #delivered;
  readonly #overdue;
  readonly #read;
  readonly #strip;
  readonly #delete;
  /** Logs with rows. Read at first use; one too many does no harm. */
  #withRows: Set<number> | null = null;
  /** Those of them of which it may have changed who stored what. */
  readonly #touched = new Set<number>();

  constructor(database: DatabaseSync, blobs: BlobTables) {
    this.#blobs = blobs;
    this.#insert = database.prepare('INSERT INTO passing (log, seq, delete_at_ms) VALUES (?, ?, ?)');
    this.#logs = database.prepare('SELECT DISTINCT log FROM passing');
    this.#storedByAll = database.prepare(
      `SELECT min(max(joined_seq, coalesce(cursor.seq, 0))) AS seq FROM member_device
         LEFT JOIN cursor ON cursor.device = member_device.device AND cursor.log = member_device.conversation
       WHERE conversation = ? AND removed_seq IS NULL`,
    );
    this.#delivered = database.prepare('SELECT log, seq FROM passing WHERE log = ? AND seq <= ? LIMIT ?');
    this.#overdue = database.prepare('SELECT log, seq FROM passing WHERE delete_at_ms <= ? LIMIT ?');
    this.#read = database.prepare('SELECT bytes FROM entry WHERE log = ? AND seq = ?');
    this.#strip = database.prepare('UPDATE entry SET bytes = ? WHERE log = ? AND seq = ?');
    this.#delete = database.prepare('DELETE FROM passing WHERE log = ? AND seq = ?');
  }

  insert(log: number, seq: number, deleteAtMs: number): void {
    this.#insert.run(log, seq, deleteAtMs);
    this.#logsWithRows().add(log);
    this.#touched.add(log);
  }

  /** Who is a member device of the log, or what one has stored of it, changed. */
  touch(log: number): void {
    if (this.#logsWithRows().has(log)) this.#touched.add(log);
  }

  /** Takes the content of at most `maxEntries`; how many it was. */
  letGo(nowMs: number, maxEntries: number): number {
    const withRows = this.#logsWithRows();
    let count = 0;
    for (const log of [...this.#touched]) {
      const seq = (this.#storedByAll.get(log)?.seq as number | null | undefined) ?? 0;
      const rows = this.#delivered.all(log, seq, maxEntries - count);
      for (const row of rows) this.#take(log, row.seq as number);
      count += rows.length;
      if (count >= maxEntries) return count;
      this.#touched.delete(log);
      if (this.#delivered.get(log, Number.MAX_SAFE_INTEGER, 1) === undefined) withRows.delete(log);
    }
    for (const row of this.#overdue.all(nowMs, maxEntries - count)) {
      // Whose devices never had the message has no use for its files.
      this.#blobs.releaseForAbsent(row.log as number, row.seq as number, nowMs);
      this.#take(row.log as number, row.seq as number);
      count += 1;
    }
    return count;
  }

  /** Forgets what is in memory: after a rollback. */
  forget(): void {
    this.#withRows = null;
    this.#touched.clear();
  }

  #take(log: number, seq: number): void {
    const bytes = this.#read.get(log, seq)?.bytes as Uint8Array | undefined;
    if (bytes !== undefined) this.#strip.run(lastingBytes(bytes), log, seq);
    this.#delete.run(log, seq);
  }

  #logsWithRows(): Set<number> {
    if (this.#withRows === null) {
      this.#withRows = new Set(this.#logs.all().map((row) => row.log as number));
      for (const log of this.#withRows) this.#touched.add(log);
    }
    return this.#withRows;
  }
}
