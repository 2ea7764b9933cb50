/**
 * The client's database where OPFS is missing (private windows of Firefox, say): SQLite over blocks in memory,
 * whose changed blocks go to IndexedDB in one durable transaction before a transaction counts as done. Invariant:
 * after a crash the next open finds exactly the transactions that had resolved, or those and the one under way.
 */

import type { ClientDatabase } from '@sotto/client';
import type { Database, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { BlockFile } from './blockFile.ts';
import type { BlockStore } from './blockStore.ts';
import { installBlockVfs } from './blockVfs.ts';
import { createWasmDatabase, translated, verifyWasmDatabase } from './wasmDatabase.ts';

const path = '/device.sqlite';

/** @throws StorageError `corrupt` where what is stored is not a sound database; nothing is changed then. */
export async function openIndexedDbDatabase(
  sqlite: Sqlite3Static,
  store: BlockStore,
): Promise<ClientDatabase> {
  const { sizeBytes, blocks } = await store.load();
  const file = new BlockFile(sizeBytes, blocks);
  const vfs = installBlockVfs(sqlite);
  vfs.files.set(path, file);
  const connections: Database[] = [];
  const connect = (flags: 'c' | 'r'): Database => {
    const connection = translated(sqlite, () => new sqlite.oo1.DB(path, flags, vfs.name));
    connections.push(connection);
    connection.exec('PRAGMA temp_store = MEMORY');
    return connection;
  };
  const closed = () => vfs.files.delete(path);
  const persist = async (): Promise<void> => {
    const changes = file.changes();
    if (changes === null) return;
    try {
      await store.store(changes);
    } catch (error) {
      file.undo();
      throw error;
    }
    file.confirm();
  };
  try {
    const writer = connect('c');
    translated(sqlite, () => {
      verifyWasmDatabase(sqlite, writer);
      // IndexedDB makes the commit atomic: a journal would only be for undoing, and that fits in memory.
      writer.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF');
      writer.exec('PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON');
    });
    // An empty file cannot be opened for reading only.
    if (sizeBytes === 0) {
      translated(sqlite, () => writer.exec('PRAGMA user_version = 1; PRAGMA user_version = 0'));
      await persist();
    }
    return createWasmDatabase({ sqlite, writer, reader: connect('r'), persist, closed });
  } catch (error) {
    for (const connection of connections) connection.close();
    closed();
    throw error;
  }
}
