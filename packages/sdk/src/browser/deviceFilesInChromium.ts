/** Runs in a worker of Chromium, for `databases.browser.test.ts`: signing out and in again, per kind of storage. */
import { loadBrowserProvider } from '@sotto/primitives/browser';
import { deviceDatabasesConformance } from '../database/deviceDatabasesConformance.ts';
import type { DeviceFiles } from '../database/deviceFiles.ts';
import { openBlockStore } from './blockStore.ts';
import type { CaseResults, Storage } from './databasesInChromium.ts';
import { createIndexedDbDeviceFiles } from './indexedDbDeviceFiles.ts';
import { loadSqlite } from './loadSqlite.ts';
import { openOpfsPool } from './opfsDatabase.ts';
import { createOpfsDeviceFiles } from './opfsDeviceFiles.ts';

async function openFiles(storage: Storage, name: string): Promise<DeviceFiles> {
  const sqlite = await loadSqlite();
  if (storage === 'indexedDb') return createIndexedDbDeviceFiles(sqlite, await openBlockStore(name));
  const root = await navigator.storage.getDirectory();
  const locked = await root.getDirectoryHandle(`${name}-locked`, { create: true });
  return createOpfsDeviceFiles(sqlite, await openOpfsPool(sqlite, name), locked);
}

export default async function run({ storage }: { storage: Storage }): Promise<CaseResults> {
  const provider = await loadBrowserProvider();
  const results: CaseResults = {};
  for (const [at, { name, run }] of deviceDatabasesConformance.entries()) {
    try {
      await run({ provider, files: () => openFiles(storage, `devices-${at}`) });
      results[name] = null;
    } catch (error) {
      results[name] = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }
  return results;
}
