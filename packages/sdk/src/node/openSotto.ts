/**
 * Sotto in a Node process: the engine over a data folder and the server's address. Invariant: one process has the
 * folder (`folderLock.ts`), and gives it back when it is closed or dies.
 */
import { platform } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEngine, type SottoApi } from '@sotto/client';
import { loadNodeProvider } from '@sotto/primitives/node';
import { createDeviceDatabases } from '../database/deviceDatabases.ts';
import { StorageError } from '../database/storageError.ts';
import { systemClock } from '../systemClock.ts';
import { createBlobTransport } from '../transport/blobTransport.ts';
import { createServerTransport } from '../transport/serverTransport.ts';
import { until } from '../until.ts';
import { lockFolder } from './folderLock.ts';
import { createNodeDeviceFiles } from './nodeDeviceFiles.ts';
import { createNodeLocalFiles } from './nodeLocalFiles.ts';
import { openNodeSocket } from './nodeSocket.ts';

export interface NodeOptions {
  /** The server's address, such as `https://chat.example.org`. */
  readonly server: string;
  /** Where the device lives; made where it is missing. Keep it: it holds the device's keys and its messages. */
  readonly dataFolder: string;
}

export interface NodeSotto extends SottoApi {
  /** Stops and gives the data folder back. The device stays signed in for the next start. */
  close(): Promise<void>;
}

/**
 * Opens the device in the data folder, signed in or not as it was left.
 *
 * @throws StorageError where the folder is in use by another process, damaged or cannot be written
 * @throws TypeError where `server` is no address
 */
export async function openSotto({ server, dataFolder }: NodeOptions): Promise<NodeSotto> {
  const { origin } = new URL(server);
  const unlock = lockFolder(dataFolder);
  let engine: Engine;
  try {
    const clock = systemClock;
    const provider = await loadNodeProvider();
    engine = await openEngine({
      clock,
      provider,
      transport: createServerTransport(origin, openNodeSocket, clock),
      system: `Node.js on ${platform()}`,
      media: {
        files: createNodeLocalFiles(join(dataFolder, 'files')),
        blobs: createBlobTransport(origin),
      },
      databases: createDeviceDatabases(createNodeDeviceFiles(dataFolder), provider, clock),
    });
  } catch (error) {
    unlock();
    throw error;
  }
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= engine.close().then(unlock);
    return closing;
  };
  const session = await until(engine.api, { kind: 'session' }, ({ kind }) => kind !== 'starting');
  if (session.kind === 'stopped' && session.reason !== 'deviceRemoved') {
    await close();
    const kind = session.reason === 'storageCorrupt' ? 'corrupt' : 'unavailable';
    throw new StorageError(kind, 'the device in this data folder cannot be opened');
  }
  return { ...engine.api, close };
}
