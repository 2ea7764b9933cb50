import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DatabaseUnusable } from '../ports.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { databaseConformance } from './conformance.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations.ts';

/** Of migrations that were released: they are never edited, only followed by others. */
const released: readonly string[] = [];

describe('migrations', () => {
  it('are never edited once released', () => {
    const hashes = migrations.map((sql) => createHash('sha256').update(sql).digest('hex').slice(0, 16));
    expect(hashes.slice(0, released.length)).toEqual(released);
  });

  it('bring an empty database to the present schema, once', async () => {
    const disk = new TestDisk();
    await migrate(disk.open());
    expect(disk.rows('PRAGMA user_version')).toEqual([{ user_version: migrations.length }]);
    const writes = disk.writes;
    await migrate(disk.open());
    expect(disk.writes).toBe(writes);
  });

  it('leave a database of a later version as it is', async () => {
    const disk = new TestDisk();
    disk.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    await expect(migrate(disk.open())).rejects.toThrow(DatabaseUnusable);
    expect(disk.writes).toBe(0);
    expect(disk.rows('SELECT name FROM sqlite_master')).toEqual([]);
  });

  it('are all or nothing', async () => {
    const disk = new TestDisk();
    disk.failAt(1, 'before');
    await expect(migrate(disk.open())).rejects.toThrow();
    expect(disk.rows('PRAGMA user_version')).toEqual([{ user_version: 0 }]);
    disk.repair();
    await migrate(disk.open());
    expect(disk.rows('PRAGMA user_version')).toEqual([{ user_version: migrations.length }]);
  });
});

describe('the disk of the tests is a device database', () => {
  it.each(databaseConformance.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const disk = new TestDisk();
    await one.run({ open: async () => disk.open() });
  });
});
