/** Runs in a worker of Chromium, for `databases.browser.test.ts`: the client's suite, and what browsers add to it. */
import type { ClientDatabase } from '@sotto/client';
import { type DatabasePlace, databaseConformance } from '@sotto/client/conformance';
import { blockSizeBytes } from './blockFile.ts';
import { type BlockStore, openBlockStore } from './blockStore.ts';
import { openIndexedDbDatabase } from './indexedDbDatabase.ts';
import { loadSqlite } from './loadSqlite.ts';
import { openOpfsDatabase, openOpfsPool, opfsDatabasePath } from './opfsDatabase.ts';

export type Storage = 'opfs' | 'indexedDb';

/** What went wrong, by case; null: nothing. */
export type CaseResults = Record<string, string | null>;

/** One place to store in, with a way to look at and change its bytes behind the database's back. */
interface RawPlace extends DatabasePlace {
  readonly readBytes: () => Promise<Uint8Array>;
  readonly writeBytes: (bytes: Uint8Array) => Promise<void>;
}

let places = 0;

async function createPlace(storage: Storage): Promise<RawPlace> {
  const sqlite = await loadSqlite();
  const name = `place-${places++}`;
  if (storage === 'indexedDb') {
    const store = await openBlockStore(name);
    return {
      open: () => openIndexedDbDatabase(sqlite, store),
      async readBytes() {
        const { sizeBytes, blocks } = await store.load();
        const bytes = new Uint8Array(sizeBytes);
        for (const [block, part] of blocks) bytes.set(part, block * blockSizeBytes);
        return bytes;
      },
      async writeBytes(bytes) {
        const blocks = new Map<number, Uint8Array>();
        for (let at = 0; at < bytes.length; at += blockSizeBytes) {
          blocks.set(at / blockSizeBytes, bytes.slice(at, at + blockSizeBytes));
        }
        await store.store({ sizeBytes: bytes.length, blocks });
      },
    };
  }
  const pool = await openOpfsPool(sqlite, name);
  return {
    open: () => openOpfsDatabase(sqlite, pool),
    readBytes: async () => pool.exportFile(opfsDatabasePath),
    async writeBytes(bytes) {
      await pool.importDb(opfsDatabasePath, bytes);
    },
  };
}

interface BrowserCase {
  readonly name: string;
  readonly run: (place: RawPlace) => Promise<void>;
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

const browserCases: readonly BrowserCase[] = [
  {
    name: 'refuses a damaged database and leaves it as it was',
    async run(place) {
      const database = await place.open();
      await database.transaction((sql) => {
        sql.run('CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT)');
        for (let id = 0; id < 2000; id++) sql.run('INSERT INTO item VALUES (?, ?)', id, 'x'.repeat(100));
      });
      await database.close();
      const damaged = await place.readBytes();
      damaged.fill(0x5a, 2 * blockSizeBytes, 6 * blockSizeBytes);
      await place.writeBytes(damaged);
      // Storing it may mark it as having no log beside it.
      const stored = await place.readBytes();
      let kind: unknown = 'opened';
      try {
        await place.open();
      } catch (error) {
        kind = (error as { kind?: unknown }).kind;
      }
      check(kind === 'corrupt', `refused as ${kind}`);
      const left = await place.readBytes();
      check(
        left.length === stored.length && left.every((byte, at) => byte === stored[at]),
        'the bytes changed',
      );
    },
  },
  {
    name: 'overwrites what is deleted',
    async run(place) {
      const secret = 'the-secret-that-must-be-gone';
      const database = await place.open();
      await database.transaction((sql) => {
        sql.run('CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT)');
        sql.run('INSERT INTO item VALUES (1, ?)', secret);
      });
      await database.transaction((sql) => sql.run('DELETE FROM item'));
      await database.close();
      const bytes = new TextDecoder('latin1').decode(await place.readBytes());
      check(bytes.includes('CREATE TABLE item'), 'the database is not there');
      check(!bytes.includes(secret), 'the secret is still there');
    },
  },
];

const fallbackCases: readonly BrowserCase[] = [
  {
    name: 'goes back to what is durable where storing fails, and shows nothing else meanwhile',
    async run() {
      const sqlite = await loadSqlite();
      const store = await openBlockStore(`place-${places++}`);
      let fail = false;
      const failing: BlockStore = {
        ...store,
        store: (changes) => (fail ? Promise.reject(new Error('no room')) : store.store(changes)),
      };
      const database = await openIndexedDbDatabase(sqlite, failing);
      const add = (id: number) => database.transaction((sql) => sql.run('INSERT INTO item VALUES (?)', id));
      const count = (of: ClientDatabase) => of.read((sql) => sql.get('SELECT count(*) AS n FROM item')?.n);
      await database.transaction((sql) => sql.run('CREATE TABLE item (id INTEGER PRIMARY KEY)'));
      await add(1);
      check(count(database) === 1, 'the first is stored');

      fail = true;
      const refused = await add(2).then(
        () => false,
        () => true,
      );
      check(refused, 'the failure is told');
      check(count(database) === 1, 'the second is not there');

      fail = false;
      const third = add(3);
      await Promise.resolve();
      check(count(database) === 1, 'the third is not shown before it is durable');
      await third;
      check(count(database) === 2, 'the third is stored');
      await database.close();

      const again = await openIndexedDbDatabase(sqlite, store);
      check(count(again) === 2, 'and found again');
      await again.close();
    },
  },
];

export default async function run({ storage }: { storage: Storage }): Promise<CaseResults> {
  const cases: BrowserCase[] = [...databaseConformance, ...browserCases];
  if (storage === 'indexedDb') cases.push(...fallbackCases);
  const results: CaseResults = {};
  for (const { name, run } of cases) {
    try {
      await run(await createPlace(storage));
      results[name] = null;
    } catch (error) {
      results[name] = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }
  return results;
}
