import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AccountSecret, OwnAccountView, SottoApi } from '../api.ts';
import { SignInWorld } from '../testing/signInWorld.ts';
import { TestProfile } from '../testing/testProfile.ts';

vi.mock('@serenity-kit/opaque', async (load) =>
  (await import('../testing/cheapPasswords.ts')).cheapen(await load()),
);

const password = 'correct horse battery';
const secret: AccountSecret = { kind: 'password', password };

let world: SignInWorld;
beforeEach(async () => {
  world = await SignInWorld.create();
});
afterEach(() => world.endAll());

async function anna(profile = new TestProfile()): Promise<{ api: SottoApi; recoveryCode: string }> {
  const api = await world.open(profile);
  const { recoveryCode } = await world.ok(api.register({ username: 'anna', password }));
  await world.online(api);
  return { api, recoveryCode };
}

async function secondDevice(profile = new TestProfile(), system = 'Other on Node'): Promise<SottoApi> {
  const api = await world.open(profile, system);
  await world.ok(api.signIn({ username: 'anna', password }));
  await world.online(api);
  return api;
}

/** Own account, once `holds` of it. */
async function account(api: SottoApi, holds: (view: OwnAccountView) => boolean): Promise<OwnAccountView> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const view = await world.ok(api.readOwnAccount());
    if (holds(view)) return view;
    await world.clock.pass(50);
  }
  throw new Error('It never came to be');
}

function deviceIdOf(api: SottoApi) {
  const view = world.session(api);
  if (view.kind !== 'signedIn') throw new Error('not signed in');
  return view.deviceId;
}

function kinds(view: OwnAccountView) {
  return view.securityLog.map(({ kind }) => kind);
}

describe('devices of an account', () => {
  it('are listed with what they are, and are called as the user says, which no server can read', async () => {
    const { api } = await anna();
    const other = await secondDevice();
    const before = await account(api, ({ devices }) => devices.every((one) => one.system !== ''));
    expect(before.devices.map(({ system, isThis, online: isOnline }) => [system, isThis, isOnline])).toEqual([
      ['Test on Node', true, true],
      ['Other on Node', false, true],
    ]);
    expect(before.devices.every(({ addedAtMs, lastSeenMs }) => addedAtMs > 0 && lastSeenMs !== null)).toBe(
      true,
    );
    await world.ok(api.renameDevice(deviceIdOf(other), '  Kitchen tablet '));
    const after = await account(other, ({ devices }) => devices[0]?.name !== '');
    expect(after.devices[0]).toMatchObject({
      name: 'Kitchen tablet',
      system: 'Other on Node',
      isThis: true,
    });
    const labels = (await world.store.listDevices(accountIdOf(api))).map(({ label }) => label);
    expect(labels.every((label) => label !== null && !Buffer.from(label).includes('Kitchen'))).toBe(true);
  });

  it('are removed with the password: cut off, locked, and without what comes after', async () => {
    const { api } = await anna();
    const profile = new TestProfile();
    const other = await secondDevice(profile);
    const notes = await world.ok(api.openDirectConversation(accountIdOf(api)));
    await world.ok(api.sendText(notes, 'before'));
    await world.clock.until(
      () => profile.disk.rows("SELECT 1 FROM message WHERE detail = 'before'").length === 1,
      'there',
    );
    const removed = deviceIdOf(other);
    const wrong = await api.removeDevice({
      deviceId: removed,
      secret: { kind: 'password', password: 'nonsense' },
    });
    expect(wrong).toEqual({ kind: 'problem', problem: { kind: 'wrongPassword' } });
    await world.ok(api.removeDevice({ deviceId: removed, secret }));
    await world.clock.until(() => world.session(other).kind === 'stopped', 'it was told');
    expect(world.session(other)).toEqual({ kind: 'stopped', reason: 'deviceRemoved' });
    await world.clock.until(() => profile.disk.rows('SELECT 1 FROM sqlite_master').length === 0, 'locked');

    const view = await account(api, ({ devices }) => devices.length === 1);
    expect(kinds(view)).toEqual(['deviceRemoved', 'deviceAdded', 'created']);
    expect((await world.store.findDevice(removed))?.active).toBe(false);
    await world.ok(api.sendText(notes, 'after'));
    // The group went on without it.
    await world.clock.until(() => engineEpoch(api, notes) >= 2, 'removed from the group');
    expect(await api.removeDevice({ deviceId: removed, secret })).toEqual({
      kind: 'problem',
      problem: { kind: 'unknownDevice' },
    });

    // The same browser comes back as a new device, and still only with the password.
    await world.end(other);
    const back = await world.open(profile);
    expect(world.session(back)).toEqual({ kind: 'signedOut', lastUsername: 'anna' });
    expect(await back.signIn({ username: 'anna', password })).toEqual({ kind: 'ok', value: null });
    expect(deviceIdOf(back)).not.toBe(removed);
  });

  it('leave the others with the new history key, however many were removed while they were away', async () => {
    const { api } = await anna();
    const profile = new TestProfile();
    const third = new TestProfile();
    const other = await secondDevice(profile);
    const gone = [await secondDevice(), await secondDevice()];
    const staying = await secondDevice(third, 'Third on Node');
    await account(api, ({ devices }) => devices.length === 5 && devices.every((one) => one.system !== ''));
    await world.end(staying);
    for (const one of gone) await world.ok(other.removeDevice({ deviceId: deviceIdOf(one), secret }));
    const keys = (of: TestProfile) =>
      of.disk.rows('SELECT hex(private_key) AS k FROM history_key').map(({ k }) => k);
    await world.clock.until(() => keys(profile).length === 3, 'the one that removed has them');
    expect(world.session(staying)).toMatchObject({ kind: 'signedIn' });
    expect(keys(third)).toHaveLength(1);
    const again = await world.open(third, 'Third on Node');
    await world.online(again);
    await world.clock.until(() => keys(third).length === 3, 'the one that was away has them');
    expect(keys(third)).toEqual(keys(profile));
    const view = await account(again, ({ devices }) => devices.every((one) => one.system !== ''));
    expect(view.devices.map(({ system }) => system).sort()).toEqual([
      'Other on Node',
      'Test on Node',
      'Third on Node',
    ]);
  });

  it('take renewed keys in the order of the chain only, and times that can be', async () => {
    const { api } = await anna();
    const third = new TestProfile();
    const gone = [await secondDevice(), await secondDevice()];
    const staying = await secondDevice(third, 'Third on Node');
    await account(api, ({ devices }) => devices.length === 4 && devices.every((one) => one.system !== ''));
    await world.end(staying);
    for (const one of gone) await world.ok(api.removeDevice({ deviceId: deviceIdOf(one), secret }));
    const take = world.store.takeDeliveries.bind(world.store);
    world.store.takeDeliveries = async (deviceId, takenSeq) => {
      const [older, newer] = await take(deviceId, takenSeq);
      return older === undefined || newer === undefined ? [] : [newer, older, newer];
    };
    const list = world.store.listDevices.bind(world.store);
    world.store.listDevices = async (id) =>
      (await list(id)).map((one) => ({ ...one, lastSeenMs: Number.MAX_SAFE_INTEGER }));
    const again = await world.open(third, 'Third on Node');
    await world.online(again);
    const keys = () => third.disk.rows('SELECT private_key FROM history_key ORDER BY position');
    await world.clock.until(() => keys().length > 1, 'it has the newest');
    const view = await account(again, ({ devices }) => devices.length === 2);
    for (const { lastSeenMs } of view.devices)
      expect(Number.isNaN(new Date(lastSeenMs!).getTime())).toBe(false);
    // The one before the newest is what the second of those that went has; it is not taken for the newest.
    expect(keys()).toHaveLength(2);
  });
});

describe('what opens an account', () => {
  it('is a new password, and the old one no longer; the recovery code stays', async () => {
    const { api, recoveryCode } = await anna();
    const short = await api.changePassword({ secret, newPassword: 'short' });
    expect(short).toEqual({ kind: 'problem', problem: { kind: 'passwordTooShort', limit: 8 } });
    const newPassword = 'a wholly new one';
    await world.ok(api.changePassword({ secret, newPassword }));
    expect(kinds(await account(api, () => true))).toEqual(['passwordChanged', 'created']);
    expect(await api.changePassword({ secret, newPassword: 'another one' })).toEqual({
      kind: 'problem',
      problem: { kind: 'wrongPassword' },
    });
    const byCode: AccountSecret = { kind: 'recoveryCode', code: recoveryCode };
    await world.ok(api.changePassword({ secret: byCode, newPassword: 'by the code' }));
    expect(kinds(await account(api, () => true))).toEqual(['recovered', 'passwordChanged', 'created']);
  });

  it('is a new recovery code, and the old one no longer', async () => {
    const { api, recoveryCode } = await anna();
    const next = await api.suggestRecoveryCode();
    expect(await api.replaceRecoveryCode({ secret, recoveryCode: 'not a code' })).toEqual({
      kind: 'problem',
      problem: { kind: 'malformedRecoveryCode' },
    });
    await world.ok(api.replaceRecoveryCode({ secret, recoveryCode: next }));
    expect(kinds(await account(api, () => true))).toEqual(['recoveryCodeReplaced', 'created']);
    const other = await world.open(new TestProfile());
    const newPassword = 'set by the code';
    const refused = await other.recover({ username: 'anna', recoveryCode, newPassword });
    expect(refused).toEqual({ kind: 'problem', problem: { kind: 'wrongRecoveryCode' } });
    expect(await other.recover({ username: 'anna', recoveryCode: next, newPassword })).toEqual({
      kind: 'ok',
      value: null,
    });
    expect(world.session(other)).toMatchObject({ kind: 'signedIn', username: 'anna' });
  });

  it('is changed once where the answer is lost, and two changes at once both hold', async () => {
    const { api } = await anna();
    const send = world.answer;
    let lost = 0;
    world.answer = async (method, payload) => {
      const result = await send(method, payload);
      if (method !== 'ChangeAccount' || lost === 2) return result;
      lost += 1;
      return { kind: 'unreachable' };
    };
    await world.ok(api.changePassword({ secret, newPassword: 'a wholly new one' }));
    world.answer = send;
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
  });

  it('is refused where the server serves an old vault, and nothing is shown as done', async () => {
    const { api } = await anna();
    const accountId = accountIdOf(api);
    const before = await world.store.findAccount({ accountId });
    await world.ok(api.replaceRecoveryCode({ secret, recoveryCode: await api.suggestRecoveryCode() }));
    const find = world.store.findAccount.bind(world.store);
    world.store.findAccount = async (by) => {
      const found = await find(by);
      return found === null || before === null ? found : { ...found, vault: before.vault };
    };
    const other = await world.open(new TestProfile());
    expect(await other.signIn({ username: 'anna', password })).toEqual({
      kind: 'problem',
      problem: { kind: 'keysInvalid' },
    });
    expect(await api.changePassword({ secret, newPassword: 'a wholly new one' })).toEqual({
      kind: 'problem',
      problem: { kind: 'keysInvalid' },
    });
  });

  it('is refused where the server gives the account as it was before the device knew better', async () => {
    const { api } = await anna();
    const accountId = accountIdOf(api);
    const before = await world.store.findAccount({ accountId });
    await world.ok(api.replaceRecoveryCode({ secret, recoveryCode: await api.suggestRecoveryCode() }));
    await account(api, ({ securityLog }) => securityLog.length === 2);
    const [created] = await world.store.readChain(accountId, 0);
    const readChain = world.store.readChain.bind(world.store);
    world.store.findAccount = async () => before;
    world.store.readChain = async (id, fromSeq) => (fromSeq === 0 ? [created!] : readChain(id, fromSeq));
    const newPassword = 'a wholly new one';
    const changed = await world.outcome(api.changePassword({ secret, newPassword }));
    expect(changed).toEqual({ kind: 'problem', problem: { kind: 'keysInvalid' } });
    const other = await world.open(new TestProfile());
    const { code } = await world.ok(other.beginPairing());
    const granted = await world.outcome(api.approvePairing({ code, secret }));
    expect(granted).toEqual({ kind: 'problem', problem: { kind: 'keysInvalid' } });
  });
});

function accountIdOf(api: SottoApi) {
  const view = world.session(api);
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
