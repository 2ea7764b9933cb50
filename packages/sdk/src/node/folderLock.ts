/**
 * One owner per data folder. Invariant: whoever holds the lock is the only process that opens the folder's files,
 * and the operating system gives the lock up when its process dies, however it dies.
 *
 * Node has no file locks of its own; SQLite has (byte-range locks, also between threads of one process), so the
 * lock is an exclusive transaction on an empty database that stays open.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from '../database/storageError.ts';

/**
 * Takes `folder` (made where it is missing) for this process.
 *
 * @returns the function that gives it up
 * @throws StorageError `anotherOwner` where it is taken, `unavailable` where it cannot be used
 */
export function lockFolder(folder: string): () => void {
  let connection: DatabaseSync;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    connection = new DatabaseSync(join(folder, 'owner.lock'), { timeout: 0 });
  } catch {
    throw new StorageError('unavailable', 'the data folder cannot be used');
  }
  try {
    connection.exec('PRAGMA journal_mode = OFF');
    connection.exec('BEGIN EXCLUSIVE');
  } catch {
    connection.close();
    throw new StorageError('anotherOwner', 'another process uses this data folder');
  }
  return () => connection.close();
}
