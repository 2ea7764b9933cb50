/**
 * Device databases of one browser or data folder: one in use, and those of devices that signed out, sealed. See
 * spec/sdk.md, "Signing out locks". Invariant: while a sealed file is marked open, the plain database holds nothing
 * that the sealed one lacks, so that after a crash in the middle the plain one can be removed; and a sealed file
 * never outlives the moment from which its plain database goes on (its ratchets would run twice).
 */
import { type ClientDatabase, type Clock, DatabaseUnusable, type DeviceDatabases } from '@sotto/client';
import { openFile, type Provider, sealFile } from '@sotto/crypto';
import type { DeviceId } from '@sotto/protocol';
import type { DeviceFiles } from './deviceFiles.ts';
import { encodeSealedHeader, type SealedHeader, splitSealedFile } from './sealedHeader.ts';
import { StorageError } from './storageError.ts';

export function createDeviceDatabases(
  files: DeviceFiles,
  provider: Provider,
  clock: Pick<Clock, 'now'>,
): DeviceDatabases {
  const { sealed } = files;
  let inUse: ClientDatabase | null = null;

  const closeInUse = async (): Promise<void> => {
    const database = inUse;
    inUse = null;
    await database?.close();
  };

  /** Ends what a crash left between the two: the sealed file is whole, so the plain one goes. */
  const settle = async (): Promise<void> => {
    for (const { name, state } of await sealed.list()) {
      if (state !== 'open') continue;
      await files.removePlain();
      await sealed.mark(name, 'settled');
    }
  };

  const headers = async (): Promise<SealedHeader[]> => {
    const found: SealedHeader[] = [];
    for (const { name } of await sealed.list()) {
      const file = await splitSealedFile(sealed.read(name));
      if (file === null) continue;
      await file.close();
      if (file.header.label.deviceId === name) found.push(file.header);
    }
    return found.sort((a, b) => b.lockedAtMs - a.lockedAtMs);
  };

  /** Yields the plain bytes; throws `Refused` where the file is not what `key` sealed. */
  async function* opened(deviceId: DeviceId, key: Uint8Array): AsyncGenerator<Uint8Array> {
    const file = await splitSealedFile(sealed.read(deviceId));
    if (file === null) throw new Refused();
    try {
      for await (const part of openFile(provider, key, file.body)) {
        if (part.kind === 'complete') return;
        if (part.kind === 'refused') throw new Refused();
        yield part.bytes;
      }
    } finally {
      await file.close();
    }
    throw new Refused();
  }

  const opensWith = async (deviceId: DeviceId, key: Uint8Array): Promise<boolean> => {
    try {
      for await (const bytes of opened(deviceId, key)) bytes.fill(0);
      return true;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  };

  return {
    async open() {
      try {
        await settle();
        inUse = await files.openPlain();
        return inUse;
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        throw new DatabaseUnusable(error.kind === 'corrupt' ? 'storageCorrupt' : 'storageUnavailable');
      }
    },

    async locked() {
      return (await headers()).map((header) => header.label);
    },

    async lock(label, key) {
      await closeInUse();
      const plain = files.readPlain();
      async function* contents(): AsyncGenerator<Uint8Array> {
        yield encodeSealedHeader({ label, lockedAtMs: clock.now() });
        yield* sealFile(provider, key, plain);
      }
      try {
        await sealed.write(label.deviceId, contents());
      } finally {
        await plain.return(undefined);
      }
      await settle();
    },

    async unlock(deviceId, key) {
      if (!(await sealed.list()).some((file) => file.name === deviceId)) return false;
      // Once over it to see that all of it opens, because what it replaces is gone with the first byte written.
      if (!(await opensWith(deviceId, key))) return false;
      await closeInUse();
      await sealed.mark(deviceId, 'open');
      await files.removePlain();
      await files.writePlain(opened(deviceId, key));
      await sealed.remove(deviceId);
      return true;
    },

    async discard() {
      await closeInUse();
      await files.removePlain();
    },
  };
}

class Refused extends Error {}
