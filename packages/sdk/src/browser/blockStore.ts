/**
 * What the fallback keeps in IndexedDB: the blocks of the database in use, and the chunks of locked ones.
 * Invariant: each write is one IndexedDB transaction, asked to be on the disk (`durability: 'strict'`) before it
 * counts as done.
 */
import { StorageError } from '../database/storageError.ts';
import type { BlockChanges } from './blockFile.ts';

const blocksPerRead = 1024;
const sizeKey = 'sizeBytes';

type StoreName = 'blocks' | 'facts' | 'sealed' | 'sealedChunks';
const storeNames: readonly StoreName[] = ['blocks', 'facts', 'sealed', 'sealedChunks'];

export interface BlockStore {
  load(): Promise<{ sizeBytes: number; blocks: Map<number, Uint8Array> }>;
  store(changes: BlockChanges): Promise<void>;
  /** One transaction over everything; `work` makes its requests, and the result comes once they are durable. */
  write(work: (store: (name: StoreName) => IDBObjectStore) => void): Promise<void>;
  readAll<T>(name: StoreName, range?: IDBKeyRange, count?: number): Promise<T[]>;
  keys(name: StoreName): Promise<IDBValidKey[]>;
  close(): void;
}

/** @throws StorageError `unavailable` */
export async function openBlockStore(name: string): Promise<BlockStore> {
  const database = await openDatabase(name);
  const reading = <T>(store: StoreName, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const request = ask(database.transaction(store, 'readonly').objectStore(store));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(failure(request.error));
    });

  const write: BlockStore['write'] = (work) =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(storeNames, 'readwrite', { durability: 'strict' });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(failure(transaction.error));
      work((store) => transaction.objectStore(store));
    });

  return {
    write,
    async load() {
      const sizeBytes = await reading('facts', (store) => store.get(sizeKey));
      const blocks = new Map<number, Uint8Array>();
      for (let from = 0; ; from += blocksPerRead) {
        const range = IDBKeyRange.bound(from, from + blocksPerRead, false, true);
        const [keys, values] = await Promise.all([
          reading('blocks', (store) => store.getAllKeys(range)),
          reading('blocks', (store) => store.getAll(range)),
        ]);
        for (const [at, key] of keys.entries()) {
          const bytes: unknown = values[at];
          if (typeof key === 'number' && bytes instanceof Uint8Array) blocks.set(key, bytes);
        }
        if (keys.length === 0) break;
      }
      return { sizeBytes: typeof sizeBytes === 'number' ? sizeBytes : 0, blocks };
    },
    store: (changes) =>
      write((store) => {
        for (const [block, bytes] of changes.blocks) {
          if (bytes === null) store('blocks').delete(block);
          else store('blocks').put(bytes, block);
        }
        store('facts').put(changes.sizeBytes, sizeKey);
      }),
    readAll: <T>(name: StoreName, range?: IDBKeyRange, count?: number) =>
      reading(name, (store) => store.getAll(range, count) as IDBRequest<T[]>),
    keys: (name) => reading(name, (store) => store.getAllKeys()),
    close: () => database.close(),
  };
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      for (const store of storeNames) request.result.createObjectStore(store);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(failure(request.error));
    request.onblocked = () => reject(new StorageError('anotherOwner', 'IndexedDB is in use'));
  });
}

function failure(error: DOMException | null): StorageError {
  return error?.name === 'QuotaExceededError'
    ? new StorageError('full', 'IndexedDB has no room')
    : new StorageError('unavailable', `IndexedDB answered ${error?.name ?? 'nothing'}`);
}
