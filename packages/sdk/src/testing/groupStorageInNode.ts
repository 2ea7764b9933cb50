import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GroupStorage, measureGroupStorage } from '@sotto/client/measureGroupStorage';
import { openNodeDatabase } from '../node/nodeDatabase.ts';

/** What steps of a group of `size` devices write to a device database on this machine's disk. */
export async function groupStorageInNode(size: number, fillEvery: number): Promise<GroupStorage> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-groups-'));
  const path = join(folder, 'device.sqlite');
  const database = openNodeDatabase(path);
  try {
    const logSizeBytes = () => statSync(`${path}-wal`).size;
    return await measureGroupStorage(database, size, { fillEvery, logSizeBytes });
  } finally {
    await database.close();
    rmSync(folder, { recursive: true });
  }
}
