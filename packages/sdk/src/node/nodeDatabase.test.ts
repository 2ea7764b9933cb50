import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseConformance } from '@sotto/client/conformance';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folderLock.ts';
import { openNodeDatabase } from './nodeDatabase.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-database-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the Node database', () => {
  for (const { name, run } of databaseConformance) {
    it(name, () => run({ open: async () => openNodeDatabase(join(folder, 'device.sqlite')) }));
  }

  it('counts parameters by number, and none in literals, names and comments', async () => {
    const database = openNodeDatabase(join(folder, 'device.sqlite'));
    const get = (text: string, ...params: string[]) => database.read((sql) => sql.get(text, ...params));
    expect(get('SELECT ?2 || ?1 || ?2 AS v', 'a', 'b')).toEqual({ v: 'bab' });
    expect(get(`SELECT '?''?' || ? AS "?" -- ?\n /* ? */`, 'a')).toEqual({ '?': "?'?a" });
    expect(() => get('SELECT ?2 AS v', 'a')).toThrow(RangeError);
    await database.close();
  });

  it('refuses a damaged file and leaves it as it was', async () => {
    const path = join(folder, 'device.sqlite');
    const database = openNodeDatabase(path);
    await database.transaction((sql) => {
      sql.run('CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT)');
      for (let id = 0; id < 2000; id++) sql.run('INSERT INTO item VALUES (?, ?)', id, 'x'.repeat(100));
    });
    await database.close();
    const sound = readFileSync(path);

    const holed = Uint8Array.from(sound);
    holed.fill(0x5a, 8192, 8192 + 20_000);
    for (const damaged of [new TextEncoder().encode('not a database at all'.repeat(100)), holed]) {
      writeFileSync(path, damaged);
      expect(() => openNodeDatabase(path)).toThrow(expect.objectContaining({ kind: 'corrupt' }));
      expect(readFileSync(path).equals(damaged)).toBe(true);
    }
  });

  it('overwrites what is deleted', async () => {
    const path = join(folder, 'device.sqlite');
    const secret = 'the-secret-that-must-be-gone';
    const database = openNodeDatabase(path);
    await database.transaction((sql) => {
      sql.run('CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT)');
      sql.run('INSERT INTO item VALUES (1, ?)', secret);
    });
    await database.transaction((sql) => sql.run('DELETE FROM item'));
    await database.close();
    expect(readFileSync(path).includes(secret)).toBe(false);
  });
});

describe('the folder lock', () => {
  it('lets one owner in at a time', () => {
    const release = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ kind: 'anotherOwner' }));
    release();
    lockFolder(folder)();
  });

  it('says when the folder cannot be used', () => {
    const path = join(folder, 'a-file');
    writeFileSync(path, '');
    expect(() => lockFolder(join(path, 'inside'))).toThrow(expect.objectContaining({ kind: 'unavailable' }));
  });
});
