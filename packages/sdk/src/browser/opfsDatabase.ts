/**
 * The client's database in the browser's private file system, through SQLite's pool of synchronous access handles
 * (sqlite.org/wasm, "opfs-sahpool"). Invariant: a transaction that resolved is flushed, and only one worker of the
 * origin has the pool open.
 */

import type { ClientDatabase } from '@sotto/client';
import type { Database, SAHPoolUtil, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { StorageError } from '../database/storageError.ts';
import { createWasmDatabase, translated, verifyWasmDatabase } from './wasmDatabase.ts';

/** The database in use, inside of the pool. */
export const opfsDatabasePath = '/device.sqlite';

const poolCapacity = 6;
const retryDelayMs = 50;
/** Handles of a worker that just died are given back late. */
const retries = 100;

/**
 * Opens the pool of files kept in `directory`.
 *
 * @throws StorageError `anotherOwner` where another worker keeps them open, `unavailable` where OPFS fails
 */
export async function openOpfsPool(sqlite: Sqlite3Static, directory: string): Promise<SAHPoolUtil> {
  const options = {
    name: `sotto-${directory}`,
    directory,
    initialCapacity: poolCapacity,
    // Else a failure to open the pool would delete it.
    preserveOnInitFailure: true,
    // Missing from the type declarations: without it a second try gives the first one's failure.
    forceReinitIfPreviouslyFailed: true,
  };
  for (let attempt = 0; ; attempt++) {
    try {
      return await sqlite.installOpfsSAHPoolVfs(options);
    } catch (error) {
      const isTaken = error instanceof DOMException && error.name === 'NoModificationAllowedError';
      if (!isTaken) throw new StorageError('unavailable', 'OPFS cannot be used');
      if (attempt >= retries) throw new StorageError('anotherOwner', 'another worker has the storage open');
      await new Promise((resolve) => setTimeout(resolve, retryDelayMs));
    }
  }
}

/** @throws StorageError `corrupt` where the file is not a sound database; it is not written to. */
export async function openOpfsDatabase(sqlite: Sqlite3Static, pool: SAHPoolUtil): Promise<ClientDatabase> {
  const writer = connectOpfs(sqlite, pool);
  try {
    translated(sqlite, () => {
      verifyWasmDatabase(sqlite, writer);
      writer.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 0');
      writer.exec('PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON');
    });
  } catch (error) {
    // Closing would otherwise move what the log holds into a file that is to stay as it was found.
    sqlite.capi.sqlite3_db_config(writer, sqlite.capi.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, 0);
    writer.close();
    throw error;
  }
  return createWasmDatabase({ sqlite, writer, reader: null });
}

/** A bare connection; exclusive, because the pool has no memory to share a log through. */
export function connectOpfs(sqlite: Sqlite3Static, pool: SAHPoolUtil): Database {
  return translated(sqlite, () => {
    const connection = new pool.OpfsSAHPoolDb(opfsDatabasePath);
    connection.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY');
    return connection;
  });
}
