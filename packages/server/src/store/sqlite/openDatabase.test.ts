import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../systemPorts.ts';
import { conversation } from '../conformanceFixture.ts';
import { migrations } from './migrations/migrations.ts';
import { applicationId, openDatabase } from './openDatabase.ts';
import { SqliteStore } from './sqliteStore.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-open-'));
  path = join(folder, 'sotto.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

function contents(): Record<string, string> {
  const digest = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
  return Object.fromEntries(readdirSync(folder).map((name) => [name, digest(name)]));
}

async function fill(): Promise<void> {
  const opened = openDatabase(path);
  if (opened.kind === 'refused') throw new Error(opened.sentence);
  const store = new SqliteStore({ database: opened.database, defer: systemClock.defer });
  await conversation(store);
  await store.close();
}

function refusedSentence(): string {
  const opened = openDatabase(path);
  if (opened.kind === 'opened') opened.database.close();
  return opened.kind === 'refused' ? opened.sentence : 'opened';
}

describe('openDatabase', () => {
  it('makes a database and opens it again', async () => {
    await fill();
    const opened = openDatabase(path);
    expect(opened.kind).toBe('opened');
    if (opened.kind === 'opened') {
      expect(opened.database.prepare('PRAGMA application_id').get()).toEqual({
        application_id: applicationId,
      });
      expect(opened.database.prepare('SELECT count(*) AS n FROM account').get()).toEqual({ n: 2 });
      opened.database.close();
    }
  });

  it('refuses a damaged database, says what to do, and touches nothing', async () => {
    await fill();
    const sound = readFileSync(path);
    const damages = [
      Buffer.concat([sound.subarray(0, 4096), Buffer.alloc(sound.length - 4096, 0x5a)]),
      Buffer.concat([Buffer.from('not a database at all'), sound.subarray(21)]),
      sound.subarray(0, sound.length - 4096 * 3),
      Buffer.from('garbage'),
    ];
    for (const damage of damages) {
      writeFileSync(path, damage);
      const before = contents();
      expect(refusedSentence()).toMatch(
        /is damaged, and nothing was changed\. Copy .* restore .* from a backup/,
      );
      expect(contents()).toEqual(before);
    }
  });

  it('reads along what a killed process left, and touches it as little', async () => {
    await fill();
    const opened = openDatabase(path);
    if (opened.kind === 'refused') throw new Error(opened.sentence);
    const store = new SqliteStore({ database: opened.database, defer: systemClock.defer });
    await store.saveSetting('server_id', new Uint8Array(16));
    const wal = readFileSync(`${path}-wal`);
    const main = readFileSync(path);
    await store.close();
    writeFileSync(path, Buffer.concat([main.subarray(0, 4096), Buffer.alloc(main.length - 4096, 0x5a)]));
    writeFileSync(`${path}-wal`, wal);
    const before = contents();
    expect(refusedSentence()).toContain('is damaged');
    expect(contents()).toEqual(before);
  });

  it('refuses a database of something else', () => {
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE thing (x)');
    other.close();
    const before = contents();
    expect(refusedSentence()).toContain('is not a Sotto database');
    expect(contents()).toEqual(before);
  });

  it('refuses a database of a newer version', async () => {
    await fill();
    const newer = new DatabaseSync(path);
    newer.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    newer.close();
    expect(refusedSentence()).toContain('newer Sotto');
  });

  it('refuses a database that is in use', () => {
    const first = openDatabase(path);
    expect(refusedSentence()).toContain('Another Sotto is running');
    if (first.kind === 'opened') first.database.close();
    expect(refusedSentence()).toBe('opened');
  });

  it('opens what an interrupted first start left', () => {
    const begun = new DatabaseSync(path);
    begun.exec('PRAGMA journal_mode = WAL; CREATE TABLE x (y); DROP TABLE x');
    begun.close();
    expect(refusedSentence()).toBe('opened');
  });

  it('takes over what was written before the process was killed', async () => {
    const opened = openDatabase(path);
    if (opened.kind === 'refused') throw new Error(opened.sentence);
    const store = new SqliteStore({ database: opened.database, defer: systemClock.defer });
    await conversation(store);
    const killed = mkdtempSync(join(tmpdir(), 'sotto-killed-'));
    for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(killed, name));
    await store.close();
    const again = openDatabase(join(killed, 'sotto.db'));
    expect(again.kind).toBe('opened');
    if (again.kind === 'opened') {
      expect(again.database.prepare('SELECT count(*) AS n FROM entry').get()).toEqual({ n: 2 });
      again.database.close();
    }
    rmSync(killed, { recursive: true });
  });
});
