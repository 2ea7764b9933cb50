import type { ClientDatabase, Sql } from '../ports.ts';

/**
 * What every `ClientDatabase` must do. Cases are plain functions that throw on failure, so that one suite runs
 * in Vitest on Node and inside a browser's worker.
 */
export interface ConformanceCase {
  readonly name: string;
  run(place: DatabasePlace): Promise<void>;
}
/** A place of its own for each case, empty at first; `open` after `close` opens the same database again. */
export interface DatabasePlace {
  open(): Promise<ClientDatabase>;
}

class ConformanceFailure extends Error {}
function expect(holds: boolean, what: string): void {
  if (!holds) throw new ConformanceFailure(what);
}

async function expectThrows(run: () => unknown, what: string): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof ConformanceFailure) throw error;
    return;
  }
  throw new ConformanceFailure(what);
}

const count = (sql: Sql): number => sql.get('SELECT count(*) AS n FROM item')?.n as number;
const makeTable = (sql: Sql): void => {
  sql.run('CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT, bytes BLOB, number REAL)');
};

export const databaseConformance: readonly ConformanceCase[] = [
  {
    name: 'gives back what was stored, by type',
    async run(place) {
      const database = await place.open();
      await database.transaction((sql) => {
        makeTable(sql);
        sql.run('INSERT INTO item VALUES (1, ?, ?, ?)', "é'; DROP TABLE item; --\u0000", bytes(0, 255), 1.5);
        sql.run('INSERT INTO item VALUES (2, ?, ?, ?)', null, new Uint8Array(0), 2 ** 41);
      });
      const [first, second] = database.read((sql) => sql.all('SELECT * FROM item ORDER BY id'));
      expect(first?.text === "é'; DROP TABLE item; --\u0000", 'text');
      expect(same(first?.bytes, bytes(0, 255)), 'bytes are a Uint8Array');
      expect(first?.number === 1.5, 'a fraction');
      expect(first?.id === 1, 'integers are numbers');
      expect(second?.text === null, 'null');
      expect(same(second?.bytes, new Uint8Array(0)), 'empty bytes');
      expect(second?.number === 2 ** 41, 'an integer above 2^32');
      await database.close();
    },
  },
  {
    name: 'takes a view into a larger buffer as its own bytes only, and gives out buffers of their own',
    async run(place) {
      const database = await place.open();
      const large = bytes(1, 2, 3, 4, 5, 6);
      await database.transaction((sql) => {
        makeTable(sql);
        sql.run('INSERT INTO item (id, bytes) VALUES (1, ?)', large.subarray(2, 4));
      });
      const read = () => database.read((sql) => sql.get('SELECT bytes FROM item'))?.bytes;
      const once = read();
      expect(same(once, bytes(3, 4)), 'the view only');
      (once as Uint8Array).fill(9);
      expect(same(read(), bytes(3, 4)), 'changing what was read changes nothing stored');
      await database.close();
    },
  },
  {
    name: 'rolls back all of a transaction that throws, and goes on',
    async run(place) {
      const database = await place.open();
      await database.transaction(makeTable);
      const failure = new Error('on purpose');
      let seen: unknown;
      try {
        await database.transaction((sql) => {
          sql.run('INSERT INTO item (id) VALUES (1)');
          throw failure;
        });
      } catch (error) {
        seen = error;
      }
      expect(seen === failure, 'the error reaches the caller');
      expect(database.read(count) === 0, 'nothing is stored');
      await database.transaction((sql) => sql.run('INSERT INTO item (id) VALUES (1)'));
      expect(database.read(count) === 1, 'the next one works');
      await database.close();
    },
  },
  {
    name: 'refuses a broken constraint and rolls back',
    async run(place) {
      const database = await place.open();
      await database.transaction(makeTable);
      await expectThrows(
        () =>
          database.transaction((sql) => {
            sql.run('INSERT INTO item (id) VALUES (1)');
            sql.run('INSERT INTO item (id) VALUES (1)');
          }),
        'a second row of the same key',
      );
      expect(database.read(count) === 0, 'neither row is stored');
      await database.close();
    },
  },
  {
    name: 'runs transactions one at a time, in order, each seeing its own writes',
    async run(place) {
      const database = await place.open();
      const seen: number[] = [];
      const runs = [database.transaction(makeTable)];
      for (let id = 1; id <= 20; id++) {
        runs.push(
          database.transaction((sql) => {
            sql.run('INSERT INTO item (id) VALUES (?)', id);
            seen.push(count(sql));
          }),
        );
      }
      await Promise.all(runs);
      expect(seen.join() === Array.from({ length: 20 }, (_, i) => i + 1).join(), 'order');
      await database.close();
    },
  },
  {
    name: 'keeps what was committed over closing and opening',
    async run(place) {
      const first = await place.open();
      await first.transaction((sql) => {
        makeTable(sql);
        for (let id = 1; id <= 500; id++)
          sql.run('INSERT INTO item (id, bytes) VALUES (?, ?)', id, bytes(id % 256));
        sql.run('PRAGMA user_version = 7');
      });
      await first.close();
      const second = await place.open();
      expect(second.read(count) === 500, 'rows');
      expect(second.read((sql) => sql.get('PRAGMA user_version'))?.user_version === 7, 'user_version');
      await second.close();
    },
  },
  {
    name: 'settles between transactions, and changes nothing by it',
    async run(place) {
      const database = await place.open();
      await database.transaction(makeTable);
      const written = database.transaction((sql) => sql.run("INSERT INTO item VALUES (1, 'gone', NULL, 0)"));
      const settled = database.settle();
      const deleted = database.transaction((sql) => sql.run('DELETE FROM item'));
      await Promise.all([written, settled, deleted]);
      await database.settle();
      expect(database.read(count) === 0, 'deleted');
      await database.close();
    },
  },
  {
    name: 'refuses to write in a read',
    async run(place) {
      const database = await place.open();
      await database.transaction(makeTable);
      await expectThrows(
        () => database.read((sql) => sql.run('INSERT INTO item (id) VALUES (1)')),
        'a write in a read',
      );
      expect(database.read(count) === 0, 'nothing is stored');
      await database.close();
    },
  },
  {
    name: 'says what is wrong with a statement instead of ignoring it',
    async run(place) {
      const database = await place.open();
      await expectThrows(() => database.read((sql) => sql.get('SELECT * FROM nothing')), 'an unknown table');
      await expectThrows(() => database.transaction((sql) => sql.run('NO SQL')), 'a malformed statement');
      await database.close();
    },
  },
];

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

function same(left: unknown, right: Uint8Array): boolean {
  return left instanceof Uint8Array && left.length === right.length && left.every((b, i) => b === right[i]);
}
