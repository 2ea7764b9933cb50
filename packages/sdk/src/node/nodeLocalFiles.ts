/** Local files in a folder of the data folder, one for each. */
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalFileError, type LocalFiles } from '@sotto/client';

export function createNodeLocalFiles(folder: string): LocalFiles {
  const pathOf = (name: string): string => join(folder, name);
  return {
    list: () => translated(async () => (await readdir(folder).catch(() => [])).filter(isName)),
    open: (name) =>
      translated(async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        // Made where there is none, and not emptied where there is one.
        const file = await open(pathOf(name), 'a+', 0o600).then(async (made) => {
          await made.close();
          return open(pathOf(name), 'r+');
        });
        return {
          size: () => translated(async () => (await file.stat()).size),
          read: (offset, sizeBytes) =>
            translated(async () => {
              const buffer = new Uint8Array(Math.max(sizeBytes, 0));
              let filled = 0;
              while (filled < buffer.length) {
                const { bytesRead } = await file.read(
                  buffer,
                  filled,
                  buffer.length - filled,
                  offset + filled,
                );
                if (bytesRead === 0) break;
                filled += bytesRead;
              }
              return buffer.subarray(0, filled);
            }),
          write: (offset, bytes) =>
            translated(async () => {
              for (let at = 0; at < bytes.length; ) {
                at += (await file.write(bytes, at, bytes.length - at, offset + at)).bytesWritten;
              }
            }),
          flush: () => translated(() => file.datasync()),
          close: () => translated(() => file.close()),
        };
      }),
    remove: (name) => translated(() => rm(pathOf(name), { force: true })),
  };
}

function isName(name: string): boolean {
  return /^[0-9a-z-]+$/.test(name);
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    throw new LocalFileError(code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : 'unavailable');
  }
}
