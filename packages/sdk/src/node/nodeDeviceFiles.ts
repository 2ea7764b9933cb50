/** Device databases in a data folder: `device.sqlite`, and `locked/<device>.sealed` (`.open` while not settled). */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceFiles, SealedFile, SealedState } from '../database/deviceFiles.ts';
import { openNodeDatabase } from './nodeDatabase.ts';

const chunkSizeBytes = 256 * 1024;
const suffixes: Record<SealedState, string> = { open: '.open', settled: '.sealed' };

export function createNodeDeviceFiles(folder: string): DeviceFiles {
  const plain = join(folder, 'device.sqlite');
  const locked = join(folder, 'locked');
  const pathOf = (name: string, state: SealedState) => join(locked, name + suffixes[state]);

  const list = async (): Promise<SealedFile[]> => {
    const found: SealedFile[] = [];
    for (const entry of await readdir(locked).catch(() => [])) {
      for (const state of ['open', 'settled'] as const) {
        if (entry.endsWith(suffixes[state]))
          found.push({ name: entry.slice(0, -suffixes[state].length), state });
      }
    }
    return found;
  };
  const stateOf = async (name: string): Promise<SealedState | undefined> =>
    (await list()).find((file) => file.name === name)?.state;

  return {
    openPlain: async () => openNodeDatabase(plain),
    async *readPlain() {
      yield* createReadStream(plain, { highWaterMark: chunkSizeBytes });
    },
    writePlain: (bytes) => writeDurably(plain, bytes),
    async removePlain() {
      for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(plain + suffix, { force: true });
      await syncFolder(folder);
    },
    sealed: {
      list,
      async write(name, bytes) {
        await mkdir(locked, { recursive: true, mode: 0o700 });
        const unfinished = join(locked, `${name}.part`);
        try {
          await writeDurably(unfinished, bytes);
        } catch (error) {
          await rm(unfinished, { force: true });
          throw error;
        }
        await rename(unfinished, pathOf(name, 'open'));
        await rm(pathOf(name, 'settled'), { force: true });
        await syncFolder(locked);
      },
      async *read(name) {
        const state = await stateOf(name);
        if (state !== undefined) {
          yield* createReadStream(pathOf(name, state), { highWaterMark: chunkSizeBytes });
        }
      },
      async mark(name, state) {
        const present = await stateOf(name);
        if (present === undefined || present === state) return;
        await rename(pathOf(name, present), pathOf(name, state));
        await syncFolder(locked);
      },
      async remove(name) {
        for (const state of ['open', 'settled'] as const) await rm(pathOf(name, state), { force: true });
        await syncFolder(locked);
      },
    },
  };
}

async function writeDurably(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for await (const chunk of bytes) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new or renamed entry is durable only once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
