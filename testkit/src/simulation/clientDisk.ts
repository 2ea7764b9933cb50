/**
 * The storage of one simulated device (spec/simulator.md §Storage): SQLite in memory that outlives the process,
 * with faults at every transaction. Invariant: what the engine was told is durable is there after a crash, and
 * of a transaction there is either everything or nothing.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { ClientDatabase, DeviceDatabases, Row, Sql, SqlValue } from '@sotto/client';
import type { SimulatedProcess } from './simulatedProcess.ts';

/**
 * What happens to one transaction: the process dies before or after its commit, or the commit is reported as
 * failed although nothing (`failBefore`) or everything (`failAfter`) was written.
 */
export type TransactionFault = 'none' | 'crashBefore' | 'crashAfter' | 'failBefore' | 'failAfter';

interface DiskBehaviour {
  /** Asked at each transaction. */
  nextFault(): TransactionFault;
  /** Time from the commit until the engine learns of it; 0: at once. */
  commitDelayMs(): number;
  /** The engine's process died in a transaction; it was killed already. */
  crashed(): void;
  /** What the engine did in a transaction failed by itself. */
  threw?(error: unknown): void;
  /** A transaction was committed. */
  committed?(): void;
}

export interface ClientDisk {
  /** The ports of one process. */
  mount(process: SimulatedProcess, behaviour: DiskBehaviour): DeviceDatabases;
  /** For checkers: reads what is stored, past all ports. */
  all(sql: string, ...params: SqlValue[]): Row[];
  /** For sabotage: writes past all ports. */
  write(sql: string, ...params: SqlValue[]): void;
  serialize(): Uint8Array;
  restore(image: Uint8Array): void;
  close(): void;
}

/** With the settings of real devices' databases. */
function openMemory(image?: Uint8Array): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  if (image !== undefined) database.deserialize(image);
  database.exec('PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON');
  return database;
}

export function createClientDisk(): ClientDisk {
  let database = openMemory();
  let statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  const all = (sql: string, ...params: SqlValue[]) => prepare(sql).all(...params) as Row[];
  const write = (sql: string, ...params: SqlValue[]): void => {
    prepare(sql).run(...params);
  };
  const rollback = () => {
    if (database.isTransaction) database.exec('ROLLBACK');
  };

  function mount(process: SimulatedProcess, behaviour: DiskBehaviour): DeviceDatabases {
    rollback();
    let last: Promise<unknown> = Promise.resolve();
    let writing = false;
    const die = () => {
      rollback();
      process.kill();
      behaviour.crashed();
      return new Promise<never>(() => {});
    };
    const sqlPort: Sql = {
      run(sql, ...params) {
        if (!writing) throw new Error('Writing in a read');
        write(sql, ...params);
      },
      get: (sql, ...params) => prepare(sql).get(...params) as Row | undefined,
      all,
    };

    async function perform<T>(run: (sql: Sql) => T): Promise<T> {
      if (!process.alive) return new Promise<never>(() => {});
      const fault = behaviour.nextFault();
      database.exec('BEGIN');
      let result: T;
      writing = true;
      try {
        result = run(sqlPort);
      } catch (error) {
        rollback();
        behaviour.threw?.(error);
        throw error;
      } finally {
        writing = false;
      }
      if (fault === 'crashBefore') return die();
      if (fault === 'failBefore') {
        rollback();
        throw new Error('The disk is full (simulated)');
      }
      database.exec('COMMIT');
      behaviour.committed?.();
      if (fault === 'crashAfter') return die();
      if (fault === 'failAfter') throw new Error('The disk failed after writing (simulated)');
      const delayMs = behaviour.commitDelayMs();
      if (delayMs > 0) await new Promise<void>((resolve) => process.schedule(delayMs, resolve));
      return result;
    }

    const port: ClientDatabase = {
      transaction(run) {
        const done = last.then(() => perform(run));
        last = done.catch(() => {});
        return done;
      },
      // Also for a dead process: what its leftovers read changes nothing, as none of their writing happens.
      read(run) {
        try {
          return run(sqlPort);
        } catch (error) {
          behaviour.threw?.(error);
          throw error;
        }
      },
      settle: () => last.then(() => {}),
      close: () => last.then(() => {}),
    };
    const notSimulated = () => Promise.reject(new Error('Signing out is not simulated'));
    return {
      open: () => Promise.resolve(port),
      locked: () => Promise.resolve([]),
      // Removed devices lock theirs; here it stays as it is, for who finds it.
      lock: () => Promise.resolve(),
      unlock: notSimulated,
      discard: notSimulated,
    };
  }

  return {
    mount,
    all,
    write,
    serialize: () => database.serialize(),
    restore(image) {
      // Statements of the database that was there do not survive another in its place.
      statements = new Map();
      database.close();
      database = openMemory(image);
    },
    close: () => database.close(),
  };
}
