/**
 * The client's database in Node: `node:sqlite` on one file. Invariant: a transaction that resolved is on the disk
 * (WAL with synchronous FULL syncs the log on every commit), and what was deleted is overwritten with zeros.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { ClientDatabase, Sql } from '@sotto/client';
import { StorageError, storageErrorOf } from '../database/storageError.ts';

const preparedStatements = 256;

/**
 * Opens, or creates, the database at `path`.
 *
 * @throws StorageError `corrupt` where the file is not a sound database; it is not written to.
 */
export function openNodeDatabase(path: string): ClientDatabase {
  if (existsSync(path)) verifyDatabase(path);
  const connection = translated(() => openConnection(path));
  const { sql, forget } = createSql(connection);
  let isOpen = true;

  return {
    async transaction<T>(run: (sql: Sql) => T): Promise<T> {
      if (!isOpen) throw new StorageError('unavailable', 'the database is closed');
      return translated(() => {
        connection.exec('BEGIN IMMEDIATE');
        try {
          const result = run(sql);
          connection.exec('COMMIT');
          return result;
        } catch (error) {
          if (connection.isTransaction) connection.exec('ROLLBACK');
          throw error;
        }
      });
    },
    read<T>(run: (sql: Sql) => T): T {
      if (!isOpen) throw new StorageError('unavailable', 'the database is closed');
      return translated(() => {
        connection.exec('PRAGMA query_only = ON');
        try {
          return run(sql);
        } finally {
          connection.exec('PRAGMA query_only = OFF');
        }
      });
    },
    async settle(): Promise<void> {
      if (isOpen) translated(() => emptyLog(connection));
    },
    async close(): Promise<void> {
      if (!isOpen) return;
      isOpen = false;
      forget();
      translated(() => {
        emptyLog(connection);
        connection.close();
      });
    },
  };
}

/** The write-ahead log keeps copies of deleted rows; after this there is nothing in it. */
function emptyLog(connection: DatabaseSync): void {
  connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

/** Looks through a connection that cannot write, so that a file that is refused stays as it is. */
function verifyDatabase(path: string): void {
  translated(() => {
    const connection = new DatabaseSync(path, { readOnly: true });
    try {
      const rows = connection.prepare('PRAGMA quick_check(1)').all();
      if (rows[0]?.quick_check !== 'ok') throw new StorageError('corrupt', 'the database fails its check');
    } finally {
      connection.close();
    }
  });
}

function openConnection(path: string): DatabaseSync {
  const connection = new DatabaseSync(path);
  connection.exec('PRAGMA locking_mode = EXCLUSIVE');
  connection.exec('PRAGMA journal_mode = WAL');
  connection.exec('PRAGMA synchronous = FULL');
  connection.exec('PRAGMA secure_delete = ON');
  connection.exec('PRAGMA foreign_keys = ON');
  connection.exec('PRAGMA journal_size_limit = 0');
  return connection;
}

function createSql(connection: DatabaseSync): { sql: Sql; forget: () => void } {
  const statements = new Map<string, Prepared>();
  const prepare = (text: string, given: number): StatementSync => {
    let prepared = statements.get(text);
    if (prepared === undefined) {
      prepared = { statement: connection.prepare(text), parameters: countParameters(text) };
      if (statements.size >= preparedStatements) statements.clear();
      statements.set(text, prepared);
    }
    // node:sqlite would take a missing one for NULL.
    if (prepared.parameters !== given) throw new RangeError('a statement got another number of parameters');
    return prepared.statement;
  };
  return {
    forget: () => statements.clear(),
    sql: {
      run: (text, ...params) => void prepare(text, params.length).run(...params),
      get: (text, ...params) => prepare(text, params.length).get(...params),
      all: (text, ...params) => prepare(text, params.length).all(...params),
    },
  };
}

interface Prepared {
  readonly statement: StatementSync;
  readonly parameters: number;
}

/** The highest parameter of a statement, outside of its literals, quoted names and comments: `?`, or `?2` by number. */
function countParameters(text: string): number {
  const bare = text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*.*?\*\//gs, '');
  let highest = 0;
  for (const [, number = ''] of bare.matchAll(/\?(\d*)/g)) {
    highest = number === '' ? highest + 1 : Math.max(highest, Number(number));
  }
  return highest;
}

/** Runs `work`, with SQLite's complaints about storage made into storage errors. */
function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number') {
      throw storageErrorOf(error.errcode) ?? error;
    }
    throw error;
  }
}
