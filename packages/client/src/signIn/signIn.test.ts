import { suiteIds } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import { DeliveryService, openMemoryDatabase, SqliteStore, unlimitedRates } from '@sotto/server';
import { beforeEach, describe, expect, it } from 'vitest';
import { plainText, type SessionView, type SottoApi } from '../api.ts';
import { type Engine, openEngine } from '../engine/openEngine.ts';
import {
  DatabaseUnusable,
  type DeviceDatabases,
  type Platform,
  type ServerTransport,
  type SignInAnswer,
} from '../ports.ts';
import { TestProfile } from '../testing/testProfile.ts';
import { VirtualClock } from '../testing/virtualClock.ts';

const provider = await loadNodeProvider();
const password = 'correct horse battery';

let clock: VirtualClock;
let service: DeliveryService;
let profile: TestProfile;
/** What becomes of a sign-in request; null: unreachable. */
let answer: (method: string, payload: Uint8Array) => Promise<SignInAnswer>;

beforeEach(async () => {
  clock = new VirtualClock();
  const store = new SqliteStore({ database: openMemoryDatabase(), defer: (run) => void setImmediate(run) });
  service = await DeliveryService.open({
    store,
    clock: {
      nowMs: () => clock.now(),
      schedule: (ms, run) => clock.schedule(ms, run),
      defer: (run) => void setImmediate(run),
    },
    random: { bytes: (size) => provider.randomBytes(size) },
    rates: unlimitedRates,
  });
  profile = new TestProfile();
  answer = (method, payload) => service.signIn(method, payload);
});

const transport: ServerTransport = {
  signIn: (method, payload) => answer(method, payload),
  connect: (events) => {
    const server = service.connect({
      send: (frame) => clock.schedule(1, () => events.frame(frame)),
      close: (code) => clock.schedule(1, () => events.closed(code)),
      bufferedBytes: () => 0,
    });
    return {
      send: (bytes) => clock.schedule(1, () => server?.receive(bytes)),
      close: () => clock.schedule(1, () => server?.closed()),
    };
  },
};

async function open(databases: DeviceDatabases = profile): Promise<Engine> {
  const platform: Platform = {
    clock,
    provider,
    transport,
    databases,
    tuning: { suite: suiteIds.x25519ChaCha20, keyPackages: 1 },
  };
  return openEngine(platform);
}

function session(api: SottoApi): SessionView {
  let seen: SessionView = { kind: 'starting' };
  api.watch({ kind: 'session' }, (view) => {
    seen = view;
  })();
  return seen;
}

async function isOnline(api: SottoApi): Promise<void> {
  let kind = '';
  const stop = api.watch({ kind: 'connection' }, (view) => {
    kind = view.kind;
  });
  await clock.until(() => kind === 'online', 'online');
  stop();
}

describe('an account', () => {
  it('is created, kept over a restart, and in use on a second profile by its password', async () => {
    const engine = await open();
    expect(session(engine.api)).toEqual({ kind: 'signedOut', lastUsername: null });
    const registered = await engine.api.register({ username: '@Anna', password });
    if (registered.kind !== 'ok') throw new Error(registered.problem.kind);
    expect(registered.value.recoveryCode.length).toBeGreaterThan(30);
    expect(session(engine.api)).toMatchObject({ kind: 'signedIn', username: 'anna' });
    await isOnline(engine.api);
    const first = session(engine.api);
    await engine.close();

    const again = await open();
    expect(session(again.api)).toEqual(first);
    await isOnline(again.api);

    const second = await open(new TestProfile());
    expect(await second.api.signIn({ username: 'anna', password })).toEqual({ kind: 'ok', value: null });
    await isOnline(second.api);
    const other = session(second.api);
    if (first.kind !== 'signedIn' || other.kind !== 'signedIn') throw new Error('not signed in');
    expect(other.accountId).toBe(first.accountId);
    expect(other.deviceId).not.toBe(first.deviceId);
    await again.close();
    await second.close();
  });

  it('signs out behind its password, and comes back as the same device with the same content', async () => {
    const engine = await open();
    await engine.api.register({ username: 'anna', password });
    await isOnline(engine.api);
    const before = session(engine.api);
    if (before.kind !== 'signedIn') throw new Error('not signed in');
    const notes = await engine.api.openDirectConversation(before.accountId);
    if (notes.kind !== 'ok') throw new Error('no conversation');
    await engine.api.sendText(notes.value, 'a note');
    await engine.api.signOut();
    expect(session(engine.api)).toEqual({ kind: 'signedOut', lastUsername: 'anna' });
    expect(profile.disk.rows('SELECT * FROM message')).toEqual([]);
    await expect(engine.api.sendText(notes.value, 'x')).rejects.toThrow();

    const wrong = await engine.api.signIn({ username: 'anna', password: 'something else' });
    expect(wrong).toEqual({ kind: 'problem', problem: { kind: 'wrongPassword' } });
    expect((await engine.api.signIn({ username: 'Anna', password })).kind).toBe('ok');
    expect(session(engine.api)).toEqual(before);
    const page = await engine.api.readMessages({ conversationId: notes.value, limit: 10 });
    expect(page.messages.map(({ body }) => body)).toContainEqual({
      kind: 'text',
      text: 'a note',
      ...plainText,
    });
    await engine.close();
  });

  it('stays whole where its unlocked database does not open at once', async () => {
    const engine = await open();
    await engine.api.register({ username: 'anna', password });
    const before = session(engine.api);
    await engine.api.signOut();
    answer = async (method, payload) => {
      if (method === 'FinishLogin') profile.openFault = new DatabaseUnusable('storageCorrupt');
      return service.signIn(method, payload);
    };
    expect(await engine.api.signIn({ username: 'anna', password })).toEqual({
      kind: 'problem',
      problem: { kind: 'storage' },
    });
    expect(session(engine.api)).toEqual({ kind: 'stopped', reason: 'storageCorrupt' });
    await engine.close();
    const again = await open();
    expect(session(again.api)).toEqual(before);
    await again.close();
  });

  it('signs in on two profiles at once, also where the answer of one is lost', async () => {
    const first = await open();
    await first.api.register({ username: 'anna', password });
    const [second, third] = [await open(new TestProfile()), await open(new TestProfile())];
    const request = { username: 'anna', password };
    const hasArrived = Promise.withResolvers<void>();
    const isCarriedOut = Promise.withResolvers<void>();
    let adds = 0;
    answer = async (method, payload) => {
      if (method === 'AddDevice') adds += 1;
      if (method !== 'AddDevice' || adds > 2) return service.signIn(method, payload);
      if (adds === 2) {
        // Of the third, for a chain that is about to grow.
        hasArrived.resolve();
        await isCarriedOut.promise;
        return service.signIn(method, payload);
      }
      const other = third.api.signIn(request);
      await hasArrived.promise;
      await service.signIn(method, payload);
      isCarriedOut.resolve();
      expect((await other).kind).toBe('ok');
      return { kind: 'unreachable' };
    };
    expect(await second.api.signIn(request)).toEqual({ kind: 'ok', value: null });
    expect(adds).toBe(4);
    const engines = [first, second, third];
    for (const engine of engines) await isOnline(engine.api);
    const devices = engines.map(({ api }) => {
      const view = session(api);
      return view.kind === 'signedIn' ? view.deviceId : '';
    });
    expect(new Set(devices).size).toBe(3);
    for (const engine of engines) await engine.close();
    // Five passwords are stretched.
  });

  it('stores no secret of the account, only of the device', async () => {
    const engine = await open();
    await engine.api.register({ username: 'anna', password });
    const stored = JSON.stringify(profile.disk.rows('SELECT * FROM device'));
    expect(stored).not.toContain(password);
    expect(Object.keys(profile.disk.rows('SELECT * FROM device')[0] ?? {})).toEqual([
      'only',
      'account_id',
      'device_id',
      'username',
      'seed',
      'credential',
      'server_id',
      'lock_key',
      'state',
      'inbox_cursor',
      'taken_seq',
      'keyring_cursor',
      'items_version',
      'history_paused',
    ]);
    await engine.close();
  });
});

describe('problems are told by name', () => {
  it('of names, passwords, invites and unknown accounts', async () => {
    const engine = await open();
    const { api } = engine;
    const problemOf = async (work: Promise<{ kind: string; problem?: unknown }>) => (await work).problem;
    expect(await problemOf(api.register({ username: '1bad!', password }))).toEqual({
      kind: 'malformedUsername',
    });
    expect(await problemOf(api.register({ username: 'anna', password: 'short' }))).toEqual({
      kind: 'passwordTooShort',
      limit: 8,
    });
    expect(await problemOf(api.register({ username: 'anna', password: 'x'.repeat(257) }))).toEqual({
      kind: 'passwordTooLong',
      limit: 256,
    });
    expect(await problemOf(api.register({ username: 'anna', password, invite: '<script>' }))).toEqual({
      kind: 'invalidInvite',
    });
    expect(await problemOf(api.signIn({ username: 'nobody', password }))).toEqual({ kind: 'unknownAccount' });
    expect(await problemOf(api.signIn({ username: '', password }))).toEqual({ kind: 'malformedUsername' });
    expect(await problemOf(api.resolveInvite('x'))).toEqual({ kind: 'invalidInvite' });
    expect(await problemOf(api.resolveInvite('A'.repeat(22)))).toEqual({ kind: 'invalidInvite' });
    expect(session(api).kind).toBe('signedOut');
    await engine.close();
  });

  it('of a username that is taken, and of a server that is not there', async () => {
    const first = await open();
    await first.api.register({ username: 'anna', password });
    const second = await open(new TestProfile());
    expect(await second.api.register({ username: 'Anna', password })).toEqual({
      kind: 'problem',
      problem: { kind: 'usernameTaken' },
    });
    answer = async () => ({ kind: 'unreachable' });
    const offline = { kind: 'problem', problem: { kind: 'offline' } };
    expect(await second.api.describeServer()).toEqual(offline);
    expect(await second.api.signIn({ username: 'anna', password })).toEqual(offline);
    expect(await second.api.register({ username: 'ben', password })).toEqual(offline);
    await first.close();
    await second.close();
  });

  it('leads an invite to its account', async () => {
    const engine = await open();
    await engine.api.register({ username: 'anna', password });
    await isOnline(engine.api);
    const creating = engine.api.createInvite();
    let made: Awaited<typeof creating> | null = null;
    void creating.then((outcome) => {
      made = outcome;
    });
    await clock.until(() => made !== null, 'the invite');
    const invite = await creating;
    if (invite.kind !== 'ok') throw new Error('no invite');
    expect(
      await engine.api.resolveInvite(`https://sotto.example/#invite=${invite.value.invite}`),
    ).toMatchObject({
      kind: 'ok',
      value: { account: { username: 'anna' } },
    });
    await engine.close();
  });
});

describe('an enrolment that is cut short', () => {
  it('is repeated where the answer is lost: the account is created once', async () => {
    let isLost = false;
    answer = async (method, payload) => {
      const real = await service.signIn(method, payload);
      if (method !== 'FinishRegistration' || isLost) return real;
      isLost = true;
      return { kind: 'unreachable' };
    };
    const engine = await open();
    expect((await engine.api.register({ username: 'anna', password })).kind).toBe('ok');
    expect(isLost).toBe(true);
    await isOnline(engine.api);
    await engine.close();
  });

  it('leaves nothing where the server never heard of it: the next start is signed out', async () => {
    let engine = await open();
    answer = async (method, payload) =>
      method === 'FinishRegistration'
        ? new Promise<SignInAnswer>(() => undefined)
        : service.signIn(method, payload);
    void engine.api.register({ username: 'anna', password }).catch(() => undefined);
    for (let turn = 0; turn < 2000 && profile.disk.rows('SELECT 1 FROM device').length === 0; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(profile.disk.rows('SELECT state FROM device')).toEqual([{ state: 'enrolling' }]);
    // The process ends here; the next one asks the server.
    engine = await open();
    await clock.until(() => session(engine.api).kind === 'signedOut', 'signed out');
    expect(profile.disk.rows('SELECT 1 FROM device')).toEqual([]);
    await engine.close();
  });
});
