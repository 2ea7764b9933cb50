import { measureSearch, type SearchTimes } from '@sotto/client/measureSearch';
import { loadSqlite } from '../browser/loadSqlite.ts';
import { openOpfsDatabase, openOpfsPool } from '../browser/opfsDatabase.ts';

/** Runs in a worker of Chromium (`runInChromium`): search in a device database of `count` texts in OPFS. */
export default async function searchInChromium({ count }: { count: number }): Promise<SearchTimes> {
  const sqlite = await loadSqlite();
  const database = await openOpfsDatabase(sqlite, await openOpfsPool(sqlite, 'search'));
  const times = await measureSearch(database, count);
  await database.close();
  return times;
}
