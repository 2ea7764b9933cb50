import { suiteIds } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import { DeliveryService, openMemoryDatabase, SqliteStore, unlimitedRates } from '@sotto/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccountSecret, OwnAccountView, SessionView, SottoApi } from '../api.ts';
import { type Engine, openEngine } from '../engine/openEngine.ts';
import type { SignInAnswer } from '../ports.ts';
import { TestProfile } from '../testing/testProfile.ts';
import { VirtualClock } from '../testing/virtualClock.ts';

// Every opening of the account stretches the password for most of a second.
const slowMs = 60_000;
const provider = await loadNodeProvider();
const password = 'correct horse battery';
const secret: AccountSecret = { kind: 'password', password };

let clock: VirtualClock;
let store: SqliteStore;
let service: DeliveryService;
let engines: Engine[];
/** What becomes of a sign-in request. */
let answer: (method: string, payload: Uint8Array) => Promise<SignInAnswer>;

beforeEach(async () => {
  clock = new VirtualClock();
  engines = [];
  store = new SqliteStore({ database: openMemoryDatabase(), defer: (run) => void setImmediate(run) });
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
  answer = (method, payload) => service.signIn(method, payload);
});
afterEach(async () => {
  for (const engine of engines) await engine.close();
});

async function open(profile: TestProfile, system = 'Test on Node'): Promise<SottoApi> {
  const engine = await openEngine({
    clock,
    provider,
    databases: profile,
    system,
    tuning: { suite: suiteIds.x25519ChaCha20, keyPackages: 2 },
    transport: {
      signIn: (method, payload) => answer(method, payload),
      connect: (events) => {
        let isOpen = true;
        const server = service.connect({
          send: (frame) => clock.schedule(1, () => isOpen && events.frame(frame)),
          close: (code) =>
            clock.schedule(1, () => {
              if (!isOpen) return;
              isOpen = false;
              events.closed(code);
            }),
          bufferedBytes: () => 0,
        });
        clock.schedule(0, () => isOpen && events.open());
        return {
          send: (bytes) => clock.schedule(1, () => isOpen && server?.receive(bytes)),
          close: () => {
            isOpen = false;
            server?.closed();
          },
        };
      },
    },
  });
  engines.push(engine);
  return engine.api;
}

function session(api: SottoApi): SessionView {
  let seen: SessionView = { kind: 'starting' };
  api.watch({ kind: 'session' }, (view) => {
    seen = view;
  })();
  return seen;
}

async function online(api: SottoApi): Promise<void> {
  let kind = '';
  const stop = api.watch({ kind: 'connection' }, (view) => {
    kind = view.kind;
  });
  await clock.until(() => kind === 'online', 'online');
  stop();
}

/** Lets time pass until the command has its answer, which must be `ok`. */
async function ok<T>(
  work: Promise<{ kind: 'ok'; value: T } | { kind: 'problem'; problem: unknown }>,
): Promise<T> {
  let outcome: Awaited<typeof work> | null = null;
  void work.then((value) => {
    outcome = value;
  });
  await clock.until(() => outcome !== null, 'the answer');
  const result = await work;
  if (result.kind === 'problem') throw new Error(JSON.stringify(result.problem));
  return result.value;
}

async function anna(profile = new TestProfile()): Promise<{ api: SottoApi; recoveryCode: string }> {
  const api = await open(profile);
  const registered = await api.register({ username: 'anna', password });
  if (registered.kind !== 'ok') throw new Error(registered.problem.kind);
  await online(api);
  return { api, recoveryCode: registered.value.recoveryCode };
}

async function secondDevice(profile = new TestProfile(), system = 'Other on Node'): Promise<SottoApi> {
  const api = await open(profile, system);
  expect(await api.signIn({ username: 'anna', password })).toEqual({ kind: 'ok', value: null });
  await online(api);
  return api;
}

/** Own account, once `holds` of it. */
async function account(api: SottoApi, holds: (view: OwnAccountView) => boolean): Promise<OwnAccountView> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const view = await ok(api.readOwnAccount());
    if (holds(view)) return view;
    await clock.pass(50);
  }
  throw new Error('It never came to be');
}

function deviceIdOf(api: SottoApi) {
  const view = session(api);
  if (view.kind !== 'signedIn') throw new Error('not signed in');
  return view.deviceId;
}

function kinds(view: OwnAccountView) {
  return view.securityLog.map(({ kind }) => kind);
}

describe('devices of an account', () => {
  it(
    'are listed with what they are, and are called as the user says, which no server can read',
    async () => {
      const { api } = await anna();
      const other = await secondDevice();
      const before = await account(api, ({ devices }) => devices.every((one) => one.system !== ''));
      expect(
        before.devices.map(({ system, isThis, online: isOnline }) => [system, isThis, isOnline]),
      ).toEqual([
        ['Test on Node', true, true],
        ['Other on Node', false, true],
      ]);
      expect(before.devices.every(({ addedAtMs, lastSeenMs }) => addedAtMs > 0 && lastSeenMs !== null)).toBe(
        true,
      );
      await ok(api.renameDevice(deviceIdOf(other), '  Kitchen tablet '));
      const after = await account(other, ({ devices }) => devices[0]?.name !== '');
      expect(after.devices[0]).toMatchObject({
        name: 'Kitchen tablet',
        system: 'Other on Node',
        isThis: true,
      });
      const labels = (await store.listDevices(accountIdOf(api))).map(({ label }) => label);
      expect(labels.every((label) => label !== null && !Buffer.from(label).includes('Kitchen'))).toBe(true);
    },
    slowMs,
  );

  it(
    'are removed with the password: cut off, locked, and without what comes after',
    async () => {
      const { api } = await anna();
      const profile = new TestProfile();
      const other = await secondDevice(profile);
      const notes = await ok(api.openDirectConversation(accountIdOf(api)));
      await ok(api.sendText(notes, 'before'));
      await clock.until(
        () => profile.disk.rows("SELECT 1 FROM message WHERE detail = 'before'").length === 1,
        'there',
      );
      const removed = deviceIdOf(other);
      const wrong = await api.removeDevice({
        deviceId: removed,
        secret: { kind: 'password', password: 'nonsense' },
      });
      expect(wrong).toEqual({ kind: 'problem', problem: { kind: 'wrongPassword' } });
      await ok(api.removeDevice({ deviceId: removed, secret }));
      await clock.until(() => session(other).kind === 'stopped', 'it was told');
      expect(session(other)).toEqual({ kind: 'stopped', reason: 'deviceRemoved' });
      await clock.until(() => profile.disk.rows('SELECT 1 FROM sqlite_master').length === 0, 'locked');

      const view = await account(api, ({ devices }) => devices.length === 1);
      expect(kinds(view)).toEqual(['deviceRemoved', 'deviceAdded', 'created']);
      expect((await store.findDevice(removed))?.active).toBe(false);
      await ok(api.sendText(notes, 'after'));
      // The group went on without it.
      await clock.until(() => engineEpoch(api, notes) >= 2, 'removed from the group');
      expect(await api.removeDevice({ deviceId: removed, secret })).toEqual({
        kind: 'problem',
        problem: { kind: 'unknownDevice' },
      });

      // The same browser comes back as a new device, and still only with the password.
      await engines[1]?.close();
      const back = await open(profile);
      expect(session(back)).toEqual({ kind: 'signedOut', lastUsername: 'anna' });
      expect(await back.signIn({ username: 'anna', password })).toEqual({ kind: 'ok', value: null });
      expect(deviceIdOf(back)).not.toBe(removed);
    },
    slowMs,
  );

  it(
    'leave the others with the new history key, however many were removed while they were away',
    async () => {
      const { api } = await anna();
      const profile = new TestProfile();
      const third = new TestProfile();
      const other = await secondDevice(profile);
      const gone = [await secondDevice(), await secondDevice()];
      const staying = await secondDevice(third, 'Third on Node');
      await account(api, ({ devices }) => devices.length === 5 && devices.every((one) => one.system !== ''));
      await engines[4]?.close();
      for (const one of gone) await ok(other.removeDevice({ deviceId: deviceIdOf(one), secret }));
      const keys = (of: TestProfile) =>
        of.disk.rows('SELECT hex(private_key) AS k FROM history_key').map(({ k }) => k);
      await clock.until(() => keys(profile).length === 3, 'the one that removed has them');
      expect(session(staying)).toMatchObject({ kind: 'signedIn' });
      expect(keys(third)).toHaveLength(1);
      const again = await open(third, 'Third on Node');
      await online(again);
      await clock.until(() => keys(third).length === 3, 'the one that was away has them');
      expect(keys(third)).toEqual(keys(profile));
      const view = await account(again, ({ devices }) => devices.every((one) => one.system !== ''));
      expect(view.devices.map(({ system }) => system).sort()).toEqual([
        'Other on Node',
        'Test on Node',
        'Third on Node',
      ]);
    },
    slowMs,
  );

  it(
    'that remove each other at once: the first in the chain stays',
    async () => {
      const { api } = await anna();
      const other = await secondDevice();
      const outcomes = await Promise.all([
        api.removeDevice({ deviceId: deviceIdOf(other), secret }),
        other.removeDevice({ deviceId: deviceIdOf(api), secret }),
      ]);
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['ok', 'problem']);
      const [winner, loser] = outcomes[0]?.kind === 'ok' ? [api, other] : [other, api];
      expect(outcomes.find(({ kind }) => kind === 'problem')).toEqual({
        kind: 'problem',
        problem: { kind: 'deviceRemoved' },
      });
      await clock.until(() => session(loser).kind === 'stopped', 'the loser was told');
      expect((await account(winner, () => true)).devices).toHaveLength(1);
    },
    slowMs,
  );

  it(
    'goes on with what a crash left: the group loses a removed device after the next start',
    async () => {
      const profile = new TestProfile();
      const { api } = await anna(profile);
      const other = await secondDevice();
      const notes = await ok(api.openDirectConversation(accountIdOf(api)));
      await clock.until(() => engineEpoch(api, notes) >= 1, 'there is a group');
      const removed = deviceIdOf(other);
      await engines[1]?.close();
      const send = answer;
      let crashed = false;
      answer = async (method, payload) => {
        const result = await send(method, payload);
        // The process ends when the server has it, before anything else is done.
        if (method === 'ChangeAccount') {
          crashed = true;
          void engines[0]?.close();
        }
        return result;
      };
      void api.removeDevice({ deviceId: removed, secret }).catch(() => undefined);
      await clock.until(() => crashed, 'the server has it');
      await engines[0]?.close();
      answer = send;
      const again = await open(profile);
      await online(again);
      const members = () => {
        let count = 0;
        again.watch({ kind: 'conversation', conversationId: notes }, (view) => {
          count = view?.members[0]?.deviceCount ?? 0;
        })();
        return count;
      };
      await clock.until(() => members() === 1, 'only this device is in the group');
    },
    slowMs,
  );
});

describe('what opens an account', () => {
  it(
    'is a new password, and the old one no longer; the recovery code stays',
    async () => {
      const { api, recoveryCode } = await anna();
      const short = await api.changePassword({ secret, newPassword: 'short' });
      expect(short).toEqual({ kind: 'problem', problem: { kind: 'passwordTooShort', limit: 8 } });
      const newPassword = 'a wholly new one';
      await ok(api.changePassword({ secret, newPassword }));
      expect(kinds(await account(api, () => true))).toEqual(['passwordChanged', 'created']);
      expect(await api.changePassword({ secret, newPassword: 'another one' })).toEqual({
        kind: 'problem',
        problem: { kind: 'wrongPassword' },
      });
      const byCode: AccountSecret = { kind: 'recoveryCode', code: recoveryCode };
      await ok(api.changePassword({ secret: byCode, newPassword: 'by the code' }));
      expect(kinds(await account(api, () => true))).toEqual(['recovered', 'passwordChanged', 'created']);
    },
    slowMs,
  );

  it(
    'is a new recovery code, and the old one no longer',
    async () => {
      const { api, recoveryCode } = await anna();
      const next = await api.suggestRecoveryCode();
      expect(await api.replaceRecoveryCode({ secret, recoveryCode: 'not a code' })).toEqual({
        kind: 'problem',
        problem: { kind: 'malformedRecoveryCode' },
      });
      await ok(api.replaceRecoveryCode({ secret, recoveryCode: next }));
      expect(kinds(await account(api, () => true))).toEqual(['recoveryCodeReplaced', 'created']);
      const other = await open(new TestProfile());
      const newPassword = 'set by the code';
      const refused = await other.recover({ username: 'anna', recoveryCode, newPassword });
      expect(refused).toEqual({ kind: 'problem', problem: { kind: 'wrongRecoveryCode' } });
      expect(await other.recover({ username: 'anna', recoveryCode: next, newPassword })).toEqual({
        kind: 'ok',
        value: null,
      });
      expect(session(other)).toMatchObject({ kind: 'signedIn', username: 'anna' });
    },
    slowMs,
  );

  it(
    'is changed once where the answer is lost, and two changes at once both hold',
    async () => {
      const { api } = await anna();
      const send = answer;
      let lost = 0;
      answer = async (method, payload) => {
        const result = await send(method, payload);
        if (method !== 'ChangeAccount' || lost === 2) return result;
        lost += 1;
        return { kind: 'unreachable' };
      };
      await ok(api.changePassword({ secret, newPassword: 'a wholly new one' }));
      answer = send;
      expect(kinds(await account(api, () => true))).toEqual(['passwordChanged', 'created']);
      const now: AccountSecret = { kind: 'password', password: 'a wholly new one' };
      const codes = [await api.suggestRecoveryCode(), await api.suggestRecoveryCode()];
      const outcomes = await Promise.all(
        codes.map((recoveryCode) => api.replaceRecoveryCode({ secret: now, recoveryCode })),
      );
      // Whichever came last is the code; the other was told that its test failed, or had been tested before.
      expect(outcomes.some(({ kind }) => kind === 'ok')).toBe(true);
      expect(kinds(await account(api, () => true)).slice(0, 2)).toEqual([
        'recoveryCodeReplaced',
        'recoveryCodeReplaced',
      ]);
    },
    slowMs,
  );

  it(
    'is refused where the server serves an old vault, and nothing is shown as done',
    async () => {
      const { api } = await anna();
      const accountId = accountIdOf(api);
      const before = await store.findAccount({ accountId });
      await ok(api.replaceRecoveryCode({ secret, recoveryCode: await api.suggestRecoveryCode() }));
      const find = store.findAccount.bind(store);
      store.findAccount = async (by) => {
        const found = await find(by);
        return found === null || before === null ? found : { ...found, vault: before.vault };
      };
      const other = await open(new TestProfile());
      expect(await other.signIn({ username: 'anna', password })).toEqual({
        kind: 'problem',
        problem: { kind: 'keysInvalid' },
      });
      expect(await api.changePassword({ secret, newPassword: 'a wholly new one' })).toEqual({
        kind: 'problem',
        problem: { kind: 'keysInvalid' },
      });
    },
    slowMs,
  );
});

function accountIdOf(api: SottoApi) {
  const view = session(api);
  if (view.kind !== 'signedIn') throw new Error('not signed in');
  return view.accountId;
}

function engineEpoch(api: SottoApi, conversationId: Parameters<SottoApi['readDraft']>[0]): number {
  let epoch = 0;
  api.watch({ kind: 'conversation', conversationId }, (view) => {
    epoch = view?.epoch ?? 0;
  })();
  return epoch;
}
