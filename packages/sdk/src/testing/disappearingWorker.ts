/** Fills the database of the device of this origin, as the app keeps it in OPFS. */
import { type DisappearingWork, fillDisappearing } from '@sotto/client/fillDisappearing';
import { loadSqlite } from '../browser/loadSqlite.ts';
import { openOpfsDatabase, openOpfsPool } from '../browser/opfsDatabase.ts';

addEventListener('message', async ({ data }: MessageEvent<DisappearingWork>) => {
  try {
    const sqlite = await loadSqlite();
    const database = await openOpfsDatabase(sqlite, await openOpfsPool(sqlite, 'sotto/pool'));
    const firstMs = await fillDisappearing(database, data);
    await database.close();
    postMessage(firstMs);
  } catch (error) {
    postMessage(String(error));
  }
});
