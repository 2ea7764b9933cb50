/**
 * A device is removed, the history key renewed and delivered, the groups go on without it: with a disk that fails at
 * each of the writes, on the device that removes and on one that stays; and with all of it at once.
 */
import type { DeviceId } from '@sotto/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AccountSecret, SottoApi } from '../api.ts';
import type { WriteFault } from '../testing/faultyDatabase.ts';
import { countMembers, openNotes, showsNotes } from '../testing/notes.ts';
import { SignInWorld } from '../testing/signInWorld.ts';
import { TestProfile } from '../testing/testProfile.ts';

vi.mock('@serenity-kit/opaque', async (load) =>
  (await import('../testing/cheapPasswords.ts')).cheapen(await load()),
);

const slowMs = 180_000;
const password = 'correct horse battery';
const secret: AccountSecret = { kind: 'password', password };

let world: SignInWorld;
afterEach(() => world.endAll());

interface Browser {
  readonly profile: TestProfile;
  api: SottoApi;
}

async function browser(enter: (api: SottoApi) => Promise<unknown>): Promise<Browser> {
  const profile = new TestProfile();
  const api = await world.open(profile, 'Browser');
  await enter(api);
  await world.online(api);
  return { profile, api };
}
const signIn = (api: SottoApi) => world.ok(api.signIn({ username: 'anna', password }));

/** An account with three devices; each has said something. */
async function begin(): Promise<readonly [Browser, Browser, Browser]> {
  world = await SignInWorld.create();
  const first = await browser((api) => world.ok(api.register({ username: 'anna', password })));
  const browsers = [first, await browser(signIn), await browser(signIn)] as const;
  const texts: string[] = [];
  for (const [at, { api }] of browsers.entries()) {
    texts.push(`from ${at}`);
    const notes = await openNotes(world, api);
    await world.ok(api.sendText(notes, `from ${at}`));
    for (const other of browsers) await showsNotes(world, other.api, texts);
  }
  await isSettled(browsers);
  return browsers;
}

function deviceIdOf({ api }: Browser): DeviceId {
  const session = world.session(api);
  if (session.kind !== 'signedIn') throw new Error(`The session is ${session.kind}`);
  return session.deviceId;
}

const historyKeys = ({ profile }: Browser): unknown[] =>
  profile.disk.rows('SELECT hex(private_key) AS k FROM history_key ORDER BY position').map(({ k }) => k);

/** Each of these has the others in the group and nobody else, and nothing is left to do. */
async function isSettled(browsers: readonly Browser[]): Promise<void> {
  for (const { api } of browsers) {
    const notes = await openNotes(world, api);
    await world.clock.until(() => countMembers(api, notes) === browsers.length, 'the group has its devices');
  }
}

async function restartWhereStopped(one: Browser): Promise<void> {
  const session = world.session(one.api);
  if (session.kind !== 'stopped' || session.reason !== 'storageUnavailable') return;
  await world.end(one.api);
  one.profile.disk.repair();
  one.api = await world.open(one.profile, 'Browser');
  await world.online(one.api);
}

/** The account once devices of it were removed, on those that stay and on one that comes. */
async function checkRemoved(staying: readonly Browser[], keyCount = 2): Promise<void> {
  for (const one of staying) {
    await world.clock.until(() => historyKeys(one).length === keyCount, 'it has the new history key');
  }
  expect(new Set(staying.map((one) => historyKeys(one).join())).size).toBe(1);
  await isSettled(staying);
  const [first] = staying;
  await world.ok(first!.api.sendText(await openNotes(world, first!.api), 'afterwards'));
  const texts = ['from 0', 'from 1', 'from 2', 'afterwards'];
  for (const { api } of staying) await showsNotes(world, api, texts);
  const fresh = await browser(signIn);
  await showsNotes(world, fresh.api, texts);
  expect(historyKeys(fresh)).toEqual(historyKeys(first!));
}

const cases: readonly [string, 0 | 1, WriteFault][] = [
  ['the device that removes, nothing of it written', 0, 'before'],
  ['the device that removes, though it was written', 0, 'after'],
  ['a device that stays, nothing of it written', 1, 'before'],
  ['a device that stays, though it was written', 1, 'after'],
];

describe('a removal whose writes fail', () => {
  it.each(cases)(
    'is finished after the next start, whichever write it was, on %s',
    async (_name, faulty, fault) => {
      let failed = 0;
      for (let write = 1; ; write++) {
        const [remover, stays, goes] = await begin();
        const { disk } = [remover, stays][faulty]!.profile;
        const writesBefore = disk.writes;
        disk.failAt(write, fault);
        await world.outcome(remover.api.removeDevice({ deviceId: deviceIdOf(goes), secret }));
        await world.clock.pass(5_000);
        const wasReached = disk.writes >= writesBefore + write;
        disk.repair();
        for (const one of [remover, stays]) await restartWhereStopped(one);
        await checkRemoved([remover, stays]);
        await world.endAll();
        if (!wasReached) break;
        failed += 1;
      }
      expect(failed).toBeGreaterThan(3);
    },
    slowMs,
  );
});

describe('devices that remove each other', () => {
  const orders: readonly [string, readonly (readonly [number, number])[]][] = [
    [
      'two of them, while a third looks on',
      [
        [0, 1],
        [1, 0],
      ],
    ],
    [
      'in a ring',
      [
        [0, 1],
        [1, 2],
        [2, 0],
      ],
    ],
    [
      'both the third',
      [
        [0, 2],
        [1, 2],
      ],
    ],
  ];
  it.each(orders)('leave who comes first, and nothing is lost: %s', async (_name, order) => {
    const browsers = await begin();
    const outcomes = await world.outcome(
      Promise.all(
        order.map(([by, removed]) =>
          browsers[by]!.api.removeDevice({ deviceId: deviceIdOf(browsers[removed]!), secret }),
        ),
      ),
    );
    const removed = new Set(order.filter((_, at) => outcomes[at]!.kind === 'ok').map(([, one]) => one));
    expect(removed.size).toBeGreaterThan(0);
    for (const outcome of outcomes) {
      if (outcome.kind === 'ok') continue;
      expect(['deviceRemoved', 'unknownDevice']).toContain(outcome.problem.kind);
    }
    for (const one of removed) {
      const { api } = browsers[one]!;
      await world.clock.until(() => world.session(api).kind === 'stopped', 'it was told');
      expect(world.session(api)).toEqual({ kind: 'stopped', reason: 'deviceRemoved' });
    }
    const staying = browsers.filter((_, at) => !removed.has(at));
    expect(staying.length).toBeGreaterThan(0);
    await checkRemoved(staying, 1 + removed.size);
  });
});
