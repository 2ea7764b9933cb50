/**
 * The client's database over SQLite's WebAssembly build, whatever it stores its pages in. Invariant: transactions
 * run one at a time in the order called, and each resolves only after `persist` has.
 */

import type { ClientDatabase, Row, Sql, SqlValue } from '@sotto/client';
import type { Database, PreparedStatement, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { StorageError, storageErrorOf } from '../database/storageError.ts';

const preparedStatements = 256;

export interface WasmDatabaseParts {
  readonly sqlite: Sqlite3Static;
  readonly writer: Database;
  /** Sees what is durable, and cannot write; null where the writer is to do it. */
  readonly reader: Database | null;
  /** Makes what was committed durable. Where it throws it has put back what was there before. */
  readonly persist?: () => Promise<void>;
  readonly closed?: () => void;
}

export function createWasmDatabase(parts: WasmDatabaseParts): ClientDatabase {
  const { sqlite, writer, reader, persist } = parts;
  const writing = createSql(sqlite, writer);
  const reading = reader === null ? writing : createSql(sqlite, reader);
  let isOpen = true;
  let last: Promise<unknown> = Promise.resolve();

  const runTransaction = async <T>(run: (sql: Sql) => T): Promise<T> => {
    const result = translated(sqlite, () => {
      writing.sql.run('BEGIN IMMEDIATE');
      try {
        const value = run(writing.sql);
        writing.sql.run('COMMIT');
        return value;
      } catch (error) {
        if (sqlite.capi.sqlite3_get_autocommit(writer) === 0) writing.sql.run('ROLLBACK');
        throw error;
      }
    });
    await persist?.();
    return result;
  };

  return {
    transaction<T>(run: (sql: Sql) => T): Promise<T> {
      if (!isOpen) return Promise.reject(new StorageError('unavailable', 'the database is closed'));
      const done = last.then(() => runTransaction(run));
      last = done.catch(() => {});
      return done;
    },
    read<T>(run: (sql: Sql) => T): T {
      if (!isOpen) throw new StorageError('unavailable', 'the database is closed');
      return translated(sqlite, () => {
        if (reader !== null) return run(reading.sql);
        writing.sql.run('PRAGMA query_only = ON');
        try {
          return run(writing.sql);
        } finally {
          writing.sql.run('PRAGMA query_only = OFF');
        }
      });
    },
    async settle(): Promise<void> {
      const done = last.then(() => {
        // A journal in memory is no log to be emptied; then this does nothing.
        if (isOpen) translated(sqlite, () => writing.sql.get('PRAGMA wal_checkpoint(TRUNCATE)'));
      });
      last = done.catch(() => {});
      return done;
    },
    async close(): Promise<void> {
      if (!isOpen) return;
      isOpen = false;
      await last;
      writing.forget();
      reading.forget();
      reader?.close();
      writer.close();
      parts.closed?.();
    },
  };
}

function createSql(sqlite: Sqlite3Static, connection: Database): { sql: Sql; forget: () => void } {
  const statements = new Map<string, PreparedStatement>();
  const forget = () => {
    for (const statement of statements.values()) statement.finalize();
    statements.clear();
  };
  /** Gives `use` the statement with its parameters bound; afterwards it holds neither a cursor nor a value. */
  const prepared = <T>(text: string, params: SqlValue[], use: (statement: PreparedStatement) => T): T => {
    let statement = statements.get(text);
    if (statement === undefined) {
      statement = connection.prepare(text);
      if (statements.size >= preparedStatements) forget();
      statements.set(text, statement);
    }
    if (statement.parameterCount !== params.length) {
      throw new RangeError('a statement got another number of parameters');
    }
    try {
      if (params.length > 0) statement.bind(params);
      return use(statement);
    } finally {
      statement.reset(true);
    }
  };
  const sql: Sql = {
    run: (text, ...params) =>
      prepared(text, params, (statement) => {
        while (statement.step());
      }),
    get: (text, ...params) =>
      prepared(text, params, (statement) => (statement.step() ? readRow(sqlite, statement) : undefined)),
    all: (text, ...params) =>
      prepared(text, params, (statement) => {
        const rows: Row[] = [];
        while (statement.step()) rows.push(readRow(sqlite, statement));
        return rows;
      }),
  };
  return { sql, forget };
}

const utf8 = new TextDecoder();

function readRow({ capi, wasm }: Sqlite3Static, statement: PreparedStatement): Row {
  const row: Row = {};
  const names = statement.getColumnNames();
  for (const [column, name] of names.entries()) {
    // The library reads text up to its first NUL; read by its length instead.
    if (capi.sqlite3_column_type(statement, column) === capi.SQLITE_TEXT) {
      const at = capi.sqlite3_column_blob(statement, column);
      const sizeBytes = capi.sqlite3_column_bytes(statement, column);
      row[name] = sizeBytes === 0 ? '' : utf8.decode(wasm.heap8u().subarray(at, at + sizeBytes));
    } else {
      row[name] = statement.get(column) as SqlValue;
    }
  }
  return row;
}

/** Runs `work`, with SQLite's complaints about storage made into storage errors. */
export function translated<T>(sqlite: Sqlite3Static, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof sqlite.SQLite3Error)) throw error;
    // Names the code and the constraint, no values: all there is to find out why a device stopped.
    console.warn(error.message);
    throw storageErrorOf(error.resultCode) ?? error;
  }
}

/** Looks through the database, if it has any content. @throws StorageError `corrupt` */
export function verifyWasmDatabase(sqlite: Sqlite3Static, connection: Database): void {
  const result = translated(sqlite, () => connection.selectValue('PRAGMA quick_check(1)'));
  if (result !== 'ok') throw new StorageError('corrupt', 'the database fails its check');
}
