/**
 * Local files in IndexedDB, where OPFS is missing: in blocks, each a record, and the size of each file. A write is one
 * transaction. What is never written takes no room.
 */
import { LocalFileError, type LocalFiles } from '@sotto/client';

const blockSizeBytes = 256 * 1024;

/** `name`: of the IndexedDB database. */
export async function openIndexedDbLocalFiles(name: string): Promise<LocalFiles> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('sizes');
      request.result.createObjectStore('blocks');
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(failure(request.error));
  });
  const read = <T>(store: 'sizes' | 'blocks', ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const request = ask(database.transaction(store, 'readonly').objectStore(store));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(failure(request.error));
    });
  const write = (work: (sizes: IDBObjectStore, blocks: IDBObjectStore) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(['sizes', 'blocks'], 'readwrite');
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(failure(transaction.error));
      work(transaction.objectStore('sizes'), transaction.objectStore('blocks'));
    });
  const blockOf = async (file: string, block: number): Promise<Uint8Array | null> => {
    const bytes: unknown = await read('blocks', (store) => store.get([file, block]));
    return bytes instanceof Uint8Array ? bytes : null;
  };

  return {
    list: async () => (await read('sizes', (store) => store.getAllKeys())).map(String),
    async open(file) {
      const stored: unknown = await read('sizes', (store) => store.get(file));
      let sizeBytes = typeof stored === 'number' ? stored : 0;
      if (stored === undefined) await write((sizes) => void sizes.put(0, file));
      // Writes are made in turn: two of them may share a block.
      let last: Promise<unknown> = Promise.resolve();
      const writeAt = async (offset: number, bytes: Uint8Array): Promise<void> => {
        const changed = new Map<number, Uint8Array>();
        for (let at = 0; at < bytes.length; ) {
          const block = Math.floor((offset + at) / blockSizeBytes);
          const from = (offset + at) % blockSizeBytes;
          const part = bytes.subarray(at, at + blockSizeBytes - from);
          const before = part.length < blockSizeBytes ? await blockOf(file, block) : null;
          const content = new Uint8Array(Math.max(before?.length ?? 0, from + part.length));
          if (before !== null) content.set(before);
          content.set(part, from);
          changed.set(block, content);
          at += part.length;
        }
        const grown = Math.max(sizeBytes, offset + bytes.length);
        await write((sizes, blocks) => {
          for (const [block, content] of changed) blocks.put(content, [file, block]);
          sizes.put(grown, file);
        });
        sizeBytes = grown;
      };
      return {
        size: async () => sizeBytes,
        async read(offset, wantedBytes) {
          const result = new Uint8Array(Math.max(Math.min(wantedBytes, sizeBytes - offset), 0));
          for (let at = 0; at < result.length; ) {
            const from = (offset + at) % blockSizeBytes;
            const length = Math.min(blockSizeBytes - from, result.length - at);
            const block = await blockOf(file, Math.floor((offset + at) / blockSizeBytes));
            if (block !== null) result.set(block.subarray(from, from + length), at);
            at += length;
          }
          return result;
        },
        write(offset, bytes) {
          const copy = bytes.slice();
          const writing = last.then(() => writeAt(offset, copy));
          last = writing.catch(() => undefined);
          return writing;
        },
        flush: async () => void (await last),
        close: async () => void (await last),
      };
    },
    remove: (file) =>
      write((sizes, blocks) => {
        sizes.delete(file);
        // An array sorts after every number.
        blocks.delete(IDBKeyRange.bound([file, 0], [file, []]));
      }),
  };
}

function failure(error: DOMException | null): LocalFileError {
  return new LocalFileError(error?.name === 'QuotaExceededError' ? 'full' : 'unavailable');
}
