import { DatabaseSync } from 'node:sqlite';
import type { ClientDatabase, Row, Sql } from '../ports.ts';

/** What happens to a transaction: reported as failed although nothing, or everything, of it was written. */
export type WriteFault = 'before' | 'after';

/** A device's disk in memory, which outlives its engine and fails where a test says so. */
export class TestDisk {
  readonly #database = new DatabaseSync(':memory:');
  /** Transactions so far. */
  writes = 0;
  /** How often the journal was to be emptied, and whether it can be. */
  settles = 0;
  canSettle = true;
  /** The write (counted from 1 from now on) that fails, and all after it, until `repair`. */
  #failFrom: { write: number; fault: WriteFault } | null = null;

  constructor() {
    this.#database.exec('PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON');
  }

  failAt(write: number, fault: WriteFault): void {
    this.#failFrom = { write: this.writes + write, fault };
  }

  repair(): void {
    this.#failFrom = null;
  }

  rows(sql: string): Row[] {
    return this.#database.prepare(sql).all() as Row[];
  }

  /** All bytes of it, as who takes the disk would have them. */
  serialize(): Uint8Array {
    return this.#database.serialize();
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** What an engine opens; a new one for each run. */
  open(): ClientDatabase {
    const database = this.#database;
    const reads: Sql = {
      run: () => {
        throw new Error('A write in a read');
      },
      get: (sql, ...params) => database.prepare(sql).get(...params) as Row | undefined,
      all: (sql, ...params) => database.prepare(sql).all(...params) as Row[],
    };
    const writes: Sql = { ...reads, run: (sql, ...params) => void database.prepare(sql).run(...params) };
    let last: Promise<unknown> = Promise.resolve();
    const perform = <T>(run: (sql: Sql) => T): T => {
      this.writes += 1;
      const fault = this.#failFrom !== null && this.writes >= this.#failFrom.write ? this.#failFrom : null;
      const isFirst = fault?.write === this.writes;
      if (fault !== null && (!isFirst || fault.fault === 'before')) throw new Error('The disk is full');
      database.exec('BEGIN');
      try {
        const value = run(writes);
        database.exec('COMMIT');
        if (fault !== null) throw new Error('The disk failed after the write');
        return value;
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    };
    return {
      transaction: (run) => {
        const done = last.then(() => perform(run));
        last = done.catch(() => undefined);
        return done;
      },
      read: (run) => run(reads),
      settle: async () => {
        await last;
        this.settles += 1;
        if (!this.canSettle) throw new Error('The journal cannot be emptied');
      },
      close: () => last.then(() => undefined),
    };
  }
}
