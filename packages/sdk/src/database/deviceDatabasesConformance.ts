/**
 * What signing out and in again must do to device databases on every platform, with a crash between any two steps.
 * Cases are plain functions that throw on failure, so that they run in Vitest and inside a browser's worker.
 */
import type { ClientDatabase, DeviceDatabases, DeviceLabel } from '@sotto/client';
import type { Provider } from '@sotto/crypto';
import type { AccountId, DeviceId } from '@sotto/protocol';
import { createDeviceDatabases } from './deviceDatabases.ts';
import type { DeviceFiles } from './deviceFiles.ts';

interface DeviceFilesPlace {
  readonly provider: Provider;
  /** The files of one place; the same ones again after what stands for a crash. */
  files(): Promise<DeviceFiles>;
}

export interface DeviceDatabasesCase {
  readonly name: string;
  readonly run: (place: DeviceFilesPlace) => Promise<void>;
}

class Crash extends Error {}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

const clock = { now: () => Date.now() };
const labelOf = (digit: string): DeviceLabel => ({
  accountId: digit.repeat(32) as AccountId,
  deviceId: (digit + digit).repeat(16) as DeviceId,
  username: `user-${digit}`,
});
const mira = labelOf('a');
const tomas = labelOf('b');
const keyOf = (first: number): Uint8Array => new Uint8Array(32).fill(first);

async function openAt(place: DeviceFilesPlace): Promise<DeviceDatabases> {
  return createDeviceDatabases(await place.files(), place.provider, clock);
}

/** Enough that the sealed file has several chunks. */
async function fill(databases: DeviceDatabases, text: string): Promise<ClientDatabase> {
  const database = await databases.open();
  await database.transaction((sql) => {
    sql.run('CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT)');
    for (let id = 0; id < 800; id++)
      sql.run('INSERT INTO item VALUES (?, ?)', id, `${text} ${'.'.repeat(200)}`);
  });
  return database;
}

/** The text of `fill`, or null where the database is an empty one. */
async function readText(databases: DeviceDatabases): Promise<string | null> {
  const database = await databases.open();
  const hasItems =
    database.read((sql) => sql.get("SELECT 1 FROM sqlite_schema WHERE name = 'item'")) !== undefined;
  if (!hasItems) return null;
  const rows = database.read((sql) => sql.all('SELECT text FROM item'));
  check(rows.length === 800, 'all rows are there');
  return String(rows[0]?.text).split(' ')[0] ?? null;
}

/** Stops before step number `at` of what changes the files, and counts the steps. */
function crashing(files: DeviceFiles, at: number): { files: DeviceFiles; steps: () => number } {
  let steps = 0;
  const step = (): void => {
    if (steps++ === at) throw new Crash();
  };
  async function* chunks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      step();
      yield chunk;
    }
    step();
  }
  const { sealed } = files;
  return {
    steps: () => steps,
    files: {
      openPlain: () => files.openPlain(),
      readPlain: () => files.readPlain(),
      writePlain: (bytes) => files.writePlain(chunks(bytes)),
      async removePlain() {
        step();
        await files.removePlain();
      },
      sealed: {
        list: () => sealed.list(),
        read: (name) => sealed.read(name),
        write: (name, bytes) => sealed.write(name, chunks(bytes)),
        async mark(name, state) {
          step();
          await sealed.mark(name, state);
        },
        async remove(name) {
          step();
          await sealed.remove(name);
        },
      },
    },
  };
}

/** Runs `work` with a crash before its step `at`; false once it has fewer steps than that. */
async function crashAt(
  place: DeviceFilesPlace,
  at: number,
  work: (databases: DeviceDatabases) => Promise<unknown>,
): Promise<boolean> {
  const { files } = crashing(await place.files(), at);
  const databases = createDeviceDatabases(files, place.provider, clock);
  const database = await databases.open();
  try {
    await work(databases);
    return false;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    await database.close();
    return true;
  }
}

/** After a crash at whichever step of `work`, mira's device is either in use or locked, and all of it is there. */
async function crashAtEachStep(
  place: DeviceFilesPlace,
  prepare: (databases: DeviceDatabases) => Promise<void>,
  work: (databases: DeviceDatabases) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; ; at++) {
    await prepare(await openAt(place));
    const crashed = await crashAt(place, at, work);
    const after = await openAt(place);
    const text = await readText(after);
    const isLocked = (await after.locked()).length === 1;
    const found = `step ${at}: ${text ?? 'empty'}, ${isLocked ? 'locked' : 'not locked'}`;
    check((text === 'mira') !== isLocked, found);
    if (isLocked) {
      check(await after.unlock(mira.deviceId, keyOf(1)), `step ${at}: it unlocks`);
      check((await readText(after)) === 'mira', `step ${at}: everything is there`);
    }
    await after.discard();
    if (crashed) continue;
    check(at > 4, 'there were steps to crash at');
    return;
  }
}

export const deviceDatabasesConformance: readonly DeviceDatabasesCase[] = [
  {
    name: 'locks a device and unlocks it with everything there',
    async run(place) {
      const databases = await openAt(place);
      await fill(databases, 'mira');
      await databases.lock(mira, keyOf(1));
      check((await databases.locked())[0]?.username === mira.username, 'it is listed');
      check((await readText(databases)) === null, 'the next one is empty');
      check(await databases.unlock(mira.deviceId, keyOf(1)), 'it is unlocked');
      check((await databases.locked()).length === 0, 'it is not listed any more');
      check((await readText(databases)) === 'mira', 'its content is back');
      await databases.discard();
    },
  },
  {
    name: 'changes nothing for another key or an unknown device',
    async run(place) {
      const databases = await openAt(place);
      await fill(databases, 'mira');
      await databases.lock(mira, keyOf(1));
      await fill(databases, 'tomas');
      check(!(await databases.unlock(mira.deviceId, keyOf(2))), 'another key');
      check(!(await databases.unlock(tomas.deviceId, keyOf(1))), 'an unknown device');
      await databases.lock(tomas, keyOf(2));
      check(await databases.unlock(mira.deviceId, keyOf(1)), 'the right one');
      check((await readText(databases)) === 'mira', 'is intact');
      await databases.discard();
    },
  },
  {
    name: 'keeps the devices of several accounts apart, the latest first',
    async run(place) {
      let nowMs = 1000;
      const databases = createDeviceDatabases(await place.files(), place.provider, { now: () => nowMs++ });
      for (const [label, key] of [
        [mira, keyOf(1)],
        [tomas, keyOf(2)],
      ] as const) {
        await fill(databases, label.username);
        await databases.lock(label, key);
      }
      const names = (await databases.locked()).map((label) => label.username);
      check(names.join() === [tomas.username, mira.username].join(), `listed as ${names.join()}`);
      check(await databases.unlock(mira.deviceId, keyOf(1)), 'the first');
      check((await readText(databases)) === mira.username, 'the first is itself');
      await databases.lock(mira, keyOf(1));
      check(await databases.unlock(tomas.deviceId, keyOf(2)), 'the second');
      check((await readText(databases)) === tomas.username, 'the second is itself');
      await databases.discard();
    },
  },
  {
    name: 'removes what is discarded',
    async run(place) {
      const databases = await openAt(place);
      await fill(databases, 'mira');
      await databases.discard();
      check((await readText(databases)) === null, 'nothing is left');
      await databases.discard();
    },
  },
  {
    name: 'has locked either all or nothing after a crash at any step',
    run: (place) =>
      crashAtEachStep(
        place,
        async (databases) => (await fill(databases, 'mira')).close(),
        (databases) => databases.lock(mira, keyOf(1)),
      ),
  },
  {
    name: 'has unlocked either all or nothing after a crash at any step',
    run: (place) =>
      crashAtEachStep(
        place,
        async (databases) => {
          await fill(databases, 'mira');
          await databases.lock(mira, keyOf(1));
        },
        (databases) => databases.unlock(mira.deviceId, keyOf(1)),
      ),
  },
  {
    name: 'refuses a locked file that was changed, cut short or is no such file',
    async run(place) {
      const files = await place.files();
      const databases = createDeviceDatabases(files, place.provider, clock);
      await fill(databases, 'mira');
      await databases.lock(mira, keyOf(1));
      const chunks: Uint8Array[] = [];
      for await (const chunk of files.sealed.read(mira.deviceId)) chunks.push(chunk);
      const sound = new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
      const store = async (bytes: Uint8Array): Promise<void> => {
        await files.sealed.write(
          mira.deviceId,
          (async function* () {
            yield bytes;
          })(),
        );
        await files.sealed.mark(mira.deviceId, 'settled');
      };
      const changed = sound.slice();
      changed[changed.length - 100] = (changed[changed.length - 100] ?? 0) ^ 1;
      for (const bytes of [
        changed,
        sound.slice(0, -50),
        sound.slice(0, 300),
        Uint8Array.of(255, 1, 2),
        new Uint8Array(0),
      ]) {
        await store(bytes);
        check(!(await databases.unlock(mira.deviceId, keyOf(1))), 'it is refused');
      }
      check((await databases.locked()).length === 0, 'what is no such file is not listed');
      await store(sound);
      check(await databases.unlock(mira.deviceId, keyOf(1)), 'the sound one opens');
      await databases.discard();
    },
  },
];
