/** Device databases in IndexedDB, where OPFS is missing: blocks of the plain one, chunks of sealed ones. */
import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import type { DeviceFiles, SealedFile, SealedState } from '../database/deviceFiles.ts';
import { BlockFile, blockSizeBytes } from './blockFile.ts';
import type { BlockStore } from './blockStore.ts';
import { openIndexedDbDatabase } from './indexedDbDatabase.ts';

const blocksPerChunk = 64;

export function createIndexedDbDeviceFiles(sqlite: Sqlite3Static, store: BlockStore): DeviceFiles {
  /** All chunks of a file; an array sorts after every number. */
  const chunksOf = (name: string) => IDBKeyRange.bound([name, 0], [name, []]);

  return {
    openPlain: () => openIndexedDbDatabase(sqlite, store),

    async *readPlain() {
      const { sizeBytes, blocks } = await store.load();
      const file = new BlockFile(sizeBytes, blocks);
      for (let at = 0; at < sizeBytes; at += blocksPerChunk * blockSizeBytes) {
        const chunk = new Uint8Array(Math.min(blocksPerChunk * blockSizeBytes, sizeBytes - at));
        file.read('durable', chunk, at);
        yield chunk;
      }
    },

    async writePlain(bytes) {
      const file = new BlockFile(0, new Map());
      let at = 0;
      for await (const chunk of bytes) {
        file.write(chunk, at);
        at += chunk.length;
      }
      const changes = file.changes();
      if (changes !== null) await store.store(changes);
    },

    removePlain: () =>
      store.write((open) => {
        open('blocks').clear();
        open('facts').clear();
      }),

    sealed: {
      async list() {
        const names = await store.keys('sealed');
        const states = await store.readAll<SealedState>('sealed');
        const found: SealedFile[] = [];
        for (const [at, name] of names.entries()) {
          const state = states[at];
          if (typeof name === 'string' && state !== undefined) found.push({ name, state });
        }
        return found;
      },
      async write(name, bytes) {
        await store.write((open) => {
          open('sealed').delete(name);
          open('sealedChunks').delete(chunksOf(name));
        });
        let index = 0;
        for await (const chunk of bytes) {
          const key = [name, index++];
          await store.write((open) => void open('sealedChunks').put(chunk, key));
        }
        await store.write((open) => void open('sealed').put('open' satisfies SealedState, name));
      },
      async *read(name) {
        for (let index = 0; ; index++) {
          const [chunk] = await store.readAll<Uint8Array>('sealedChunks', IDBKeyRange.only([name, index]));
          if (chunk === undefined) return;
          yield chunk;
        }
      },
      mark: (name, state) => store.write((open) => void open('sealed').put(state, name)),
      remove: (name) =>
        store.write((open) => {
          open('sealed').delete(name);
          open('sealedChunks').delete(chunksOf(name));
        }),
    },
  };
}
