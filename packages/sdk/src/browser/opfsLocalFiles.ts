/** Local files in OPFS, through the access handles that workers have: reading and writing in place, without copies. */
import { LocalFileError, type LocalFiles } from '@sotto/client';

const retryDelayMs = 50;
/** Handles of a worker that just died are given back late. */
const retries = 100;

export function createOpfsLocalFiles(folder: FileSystemDirectoryHandle): LocalFiles {
  return {
    list: () => translated(async () => Array.fromAsync(folder.keys())),
    open: (name) =>
      translated(async () => {
        const handle = await folder.getFileHandle(name, { create: true });
        const file = await accessed(handle);
        return {
          size: () => translated(() => file.getSize()),
          read: (offset, sizeBytes) =>
            translated(() => {
              const buffer = new Uint8Array(Math.max(sizeBytes, 0));
              return buffer.subarray(0, file.read(buffer, { at: offset }));
            }),
          write: (offset, bytes) =>
            translated(() => {
              if (offset > file.getSize()) file.truncate(offset);
              const written = file.write(bytes as Uint8Array<ArrayBuffer>, { at: offset });
              if (written < bytes.length) throw new LocalFileError('full');
            }),
          flush: () => translated(() => file.flush()),
          close: () => translated(() => file.close()),
        };
      }),
    remove: (name) =>
      translated(async () => {
        try {
          await folder.removeEntry(name);
        } catch (error) {
          if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error;
        }
      }),
  };
}

async function accessed(handle: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await handle.createSyncAccessHandle();
    } catch (error) {
      const isTaken = error instanceof DOMException && error.name === 'NoModificationAllowedError';
      if (!isTaken || attempt >= retries) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryDelayMs));
    }
  }
}

async function translated<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LocalFileError) throw error;
    const isFull = error instanceof DOMException && error.name === 'QuotaExceededError';
    throw new LocalFileError(isFull ? 'full' : 'unavailable');
  }
}
