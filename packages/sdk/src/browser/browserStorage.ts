/** Where this browser keeps device databases: OPFS, or IndexedDB where the browser has no OPFS. */
import { type Clock, DatabaseUnusable, type DeviceDatabases, type LocalFiles } from '@sotto/client';
import type { Provider } from '@sotto/crypto';
import { createDeviceDatabases } from '../database/deviceDatabases.ts';
import type { DeviceFiles } from '../database/deviceFiles.ts';
import { StorageError } from '../database/storageError.ts';
import { openBlockStore } from './blockStore.ts';
import { createIndexedDbDeviceFiles } from './indexedDbDeviceFiles.ts';
import { openIndexedDbLocalFiles } from './indexedDbLocalFiles.ts';
import { loadSqlite } from './loadSqlite.ts';
import { openOpfsPool } from './opfsDatabase.ts';
import { createOpfsDeviceFiles } from './opfsDeviceFiles.ts';
import { createOpfsLocalFiles } from './opfsLocalFiles.ts';

interface BrowserStorage {
  readonly databases: DeviceDatabases;
  readonly files: LocalFiles;
}

/** @throws DatabaseUnusable where neither kind of storage can be used */
export async function openBrowserStorage(provider: Provider, clock: Clock): Promise<BrowserStorage> {
  try {
    const { device, files } = await openStorage('sotto');
    return { databases: createDeviceDatabases(device, provider, clock), files };
  } catch (error) {
    if (error instanceof StorageError) throw new DatabaseUnusable('storageUnavailable');
    throw error;
  }
}

/** `name` is the OPFS folder's, or the IndexedDB database's. @throws StorageError */
async function openStorage(name: string): Promise<{ device: DeviceFiles; files: LocalFiles }> {
  const sqlite = await loadSqlite();
  const root = await openOpfsRoot();
  if (root === null) {
    const device = createIndexedDbDeviceFiles(sqlite, await openBlockStore(name));
    return { device, files: await openIndexedDbLocalFiles(`${name}-files`) };
  }
  const folder = await root.getDirectoryHandle(name, { create: true });
  const locked = await folder.getDirectoryHandle('locked', { create: true });
  const device = createOpfsDeviceFiles(sqlite, await openOpfsPool(sqlite, `${name}/pool`), locked);
  return { device, files: createOpfsLocalFiles(await folder.getDirectoryHandle('files', { create: true })) };
}

/**
 * Null only where the browser has no OPFS or forbids it in this kind of window: a failure of the moment must not
 * lead to another storage, in which the device would be missing.
 */
async function openOpfsRoot(): Promise<FileSystemDirectoryHandle | null> {
  if (
    !('getDirectory' in navigator.storage) ||
    !('createSyncAccessHandle' in FileSystemFileHandle.prototype)
  ) {
    return null;
  }
  try {
    return await navigator.storage.getDirectory();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'SecurityError') return null;
    throw new StorageError('unavailable', 'OPFS cannot be opened');
  }
}
