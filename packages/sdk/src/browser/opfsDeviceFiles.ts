/**
 * Device databases in OPFS: the plain one in SQLite's pool, sealed ones as files of their own in `<folder>/locked`.
 * A sealed file's first byte says what it is: it is written last, so a file without it was never finished.
 */
import type { SAHPoolUtil, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import type { DeviceFiles, SealedFile, SealedState } from '../database/deviceFiles.ts';
import { connectOpfs, openOpfsDatabase, opfsDatabasePath } from './opfsDatabase.ts';

const chunkSizeBytes = 256 * 1024;
const pagesPerChunk = 64;
const stateBytes: Record<SealedState, number> = { open: 1, settled: 2 };

export function createOpfsDeviceFiles(
  sqlite: Sqlite3Static,
  pool: SAHPoolUtil,
  locked: FileSystemDirectoryHandle,
): DeviceFiles {
  const accessed = async <T>(
    name: string,
    create: boolean,
    use: (file: FileSystemSyncAccessHandle) => T,
  ): Promise<Awaited<T>> => {
    const handle = await locked.getFileHandle(name, { create });
    const file = await handle.createSyncAccessHandle();
    try {
      return await use(file);
    } finally {
      file.close();
    }
  };
  const stateOf = (file: FileSystemSyncAccessHandle): SealedState | null => {
    const first = new Uint8Array(1);
    file.read(first, { at: 0 });
    if (first[0] === stateBytes.open) return 'open';
    return first[0] === stateBytes.settled ? 'settled' : null;
  };
  const setState = (file: FileSystemSyncAccessHandle, state: number): void => {
    file.write(Uint8Array.of(state), { at: 0 });
    file.flush();
  };

  return {
    openPlain: () => openOpfsDatabase(sqlite, pool),

    async *readPlain() {
      const connection = connectOpfs(sqlite, pool);
      const statement = connection.prepare('SELECT data FROM sqlite_dbpage ORDER BY pgno');
      try {
        let pages: Uint8Array[] = [];
        while (statement.step()) {
          pages.push(statement.getBlob(0) ?? new Uint8Array(0));
          if (pages.length < pagesPerChunk) continue;
          yield joined(pages);
          pages = [];
        }
        if (pages.length > 0) yield joined(pages);
      } finally {
        statement.finalize();
        connection.close();
      }
    },

    async writePlain(bytes) {
      const chunks = bytes[Symbol.asyncIterator]();
      await pool.importDb(opfsDatabasePath, async () => {
        const next = await chunks.next();
        return next.done ? undefined : next.value;
      });
    },

    async removePlain() {
      for (const suffix of ['-wal', '-journal', '']) pool.unlink(opfsDatabasePath + suffix);
    },

    sealed: {
      async list() {
        const found: SealedFile[] = [];
        for await (const name of locked.keys()) {
          const state = await accessed(name, false, stateOf);
          if (state !== null) found.push({ name, state });
        }
        return found;
      },
      write: (name, bytes) =>
        accessed(name, true, async (file) => {
          setState(file, 0);
          file.truncate(1);
          let at = 1;
          for await (const chunk of bytes) at += file.write(chunk, { at });
          file.flush();
          setState(file, stateBytes.open);
        }),
      async *read(name) {
        const handle = await locked.getFileHandle(name);
        const blob = await handle.getFile();
        for (let at = 1; at < blob.size; at += chunkSizeBytes) {
          yield new Uint8Array(await blob.slice(at, at + chunkSizeBytes).arrayBuffer());
        }
      },
      mark: (name, state) => accessed(name, false, (file) => setState(file, stateBytes[state])),
      remove: (name) => locked.removeEntry(name),
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
