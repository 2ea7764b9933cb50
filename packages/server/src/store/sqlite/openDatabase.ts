/**
 * Opening the database file (spec/server.md §Database). Invariant: a file that is not a sound Sotto database of a
 * version known here is refused before anything is written to it or beside it.
 */
import { existsSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { migrations } from './migrations/migrations.ts';

/** `Sott` in the file's header: tells a Sotto database from any other SQLite file. */
export const applicationId = 0x536f7474;

export type OpenedDatabase =
  | { readonly kind: 'opened'; readonly database: DatabaseSync }
  /** `sentence` says what is wrong and what to do about it. */
  | { readonly kind: 'refused'; readonly sentence: string };

/** Opens the database at `path`, or makes it; brings it to the present schema after a backup. */
export function openDatabase(path: string): OpenedDatabase {
  const fresh = !existsSync(path) || statSync(path).size === 0;
  if (!fresh) {
    const refusal = inspect(path);
    if (refusal !== null) return { kind: 'refused', sentence: refusal };
  }
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    // One process owns the file for as long as it runs; the lock goes with the process, however it ends.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('BEGIN IMMEDIATE; COMMIT');
    if (!fresh) backUpBeforeMigrating(database, path);
    prepareDatabase(database);
    return { kind: 'opened', database };
  } catch (error) {
    database?.close();
    return { kind: 'refused', sentence: sentenceFor(error, path) };
  }
}

/** A database in memory that is lost with the process: for tests. */
export function openMemoryDatabase(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  prepareDatabase(database);
  return database;
}

/** Sets what holds for a connection and runs the migrations that `database` has not seen. */
export function prepareDatabase(database: DatabaseSync): void {
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA secure_delete = ON');
  database.exec('PRAGMA foreign_keys = ON');
  database.exec('PRAGMA trusted_schema = OFF');
  const seen = versionOf(database);
  if (seen === migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  for (const migration of migrations.slice(seen)) database.exec(migration);
  database.exec(`PRAGMA application_id = ${applicationId}`);
  database.exec(`PRAGMA user_version = ${migrations.length}`);
  database.exec('COMMIT');
}

/** What speaks against using the file at `path`, found without writing. */
function inspect(path: string): string | null {
  let database: DatabaseSync | undefined;
  // Left by a process that was killed: what it holds counts, so it has to be read along.
  const hasWal = existsSync(`${path}-wal`);
  const hadShm = existsSync(`${path}-shm`);
  try {
    const url = pathToFileURL(path);
    if (!hasWal) url.searchParams.set('immutable', '1');
    database = new DatabaseSync(url, { readOnly: true });
    const id = database.prepare('PRAGMA application_id').get()?.application_id;
    if (id === 0 && database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables === 0) {
      return null; // begun and never filled, by a start that was interrupted
    }
    if (id !== applicationId) {
      return `${path} is not a Sotto database. Set SOTTO_DATA to another folder, or move that file away.`;
    }
    const version = versionOf(database);
    if (version > migrations.length) {
      return `${path} was written by a newer Sotto (schema ${version}, this one knows ${migrations.length}). Start that newer version, or restore a backup made before it.`;
    }
    const findings = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
    return findings === 'ok' ? null : damaged(path);
  } catch (error) {
    return sentenceFor(error, path);
  } finally {
    database?.close();
    if (!hadShm) rmSync(`${path}-shm`, { force: true });
  }
}

function backUpBeforeMigrating(database: DatabaseSync, path: string): void {
  const seen = versionOf(database);
  if (seen === migrations.length) return;
  const copy = `${path}.before-schema-${migrations.length}`;
  if (!existsSync(copy)) database.prepare('VACUUM INTO ?').run(copy);
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}

function damaged(path: string): string {
  return `${path} is damaged, and nothing was changed. Copy the data folder to a safe place, then restore ${path} from a backup, or try "sqlite3 ${path} .recover" on the copy.`;
}

const sqliteBusy = 5;
const sqliteCorrupt = 11;
const sqliteFull = 13;
const sqliteNotADatabase = 26;

function sentenceFor(error: unknown, path: string): string {
  switch (sqliteCode(error)) {
    case sqliteBusy:
      return `Another Sotto is running on ${path}. Stop it first, or set SOTTO_DATA to another folder.`;
    case sqliteCorrupt:
    case sqliteNotADatabase:
      return damaged(path);
    case sqliteFull:
      return `There is no room on the disk for ${path}. Make room and start again.`;
    default:
      return `${path} cannot be opened (${error instanceof Error ? error.message : 'unknown error'}). Check that its folder exists and that this user may write to it.`;
  }
}

/** SQLite's primary result code of `error`, or null where it is none of SQLite's. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}
