import { describe, expect, it } from 'vitest';
import { migrate } from '../database/migrate.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { inboxKey, storeUnreadable } from './unreadableTable.ts';

describe('entries that could not be read', () => {
  it('do not fill the disk: the newest are kept, and large ones by their reason', async () => {
    const disk = new TestDisk();
    const database = disk.open();
    await migrate(database);
    await database.transaction((sql) => {
      for (let seq = 1; seq <= 300; seq++)
        storeUnreadable(sql, inboxKey, seq, 'malformed', new Uint8Array(100));
      for (let seq = 301; seq <= 310; seq++) {
        storeUnreadable(sql, inboxKey, seq, 'invalid', new Uint8Array(2_000_000));
      }
    });
    const [kept] = disk.rows(
      'SELECT count(*) AS n, sum(length(entry)) AS size, max(seq) AS last FROM unreadable',
    );
    expect(kept).toMatchObject({ n: 200, last: 310 });
    expect(kept!.size).toBeLessThan(200 * 100 + 1);
  });
});
