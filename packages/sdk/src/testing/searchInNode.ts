import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureSearch, type SearchTimes } from '@sotto/client/measureSearch';
import { openNodeDatabase } from '../node/nodeDatabase.ts';

/** Search in a device database of `count` texts on this machine's disk. */
export async function searchInNode(count: number): Promise<SearchTimes> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-search-'));
  const database = openNodeDatabase(join(folder, 'device.sqlite'));
  try {
    return await measureSearch(database, count);
  } finally {
    await database.close();
    rmSync(folder, { recursive: true });
  }
}
