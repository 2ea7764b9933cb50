import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SottoApi } from '../api.ts';
import { SignInWorld } from '../testing/signInWorld.ts';
import { TestProfile } from '../testing/testProfile.ts';

vi.mock('@serenity-kit/opaque', async (load) =>
  (await import('../testing/cheapPasswords.ts')).cheapen(await load()),
);

const password = 'correct horse battery';

let world: SignInWorld;
beforeEach(async () => {
  world = await SignInWorld.create();
});
afterEach(() => world.endAll());

function deviceIdOf(api: SottoApi) {
  const session = world.session(api);
  if (session.kind !== 'signedIn') throw new Error(session.kind);
  return session.deviceId;
}

async function devicesOf(api: SottoApi): Promise<string[]> {
  const { devices } = await world.ok(api.readOwnAccount());
  return devices.map(({ deviceId }) => deviceId);
}

describe('a place whose content was deleted', () => {
  it('is a new device after signing in, and the lost one leaves the account', async () => {
    const before = await world.open();
    await world.ok(before.register({ username: 'anna', password }));
    await world.online(before);
    const lostDevice = deviceIdOf(before);
    const { accountId } = await world.ok(before.findAccount('anna'));
    const notes = await world.ok(before.openDirectConversation(accountId));
    await world.ok(before.sendText(notes, 'kept at the server'));
    await world.clock.pass(5000);
    await world.endAll();

    const after = await world.open(new TestProfile());
    await world.ok(after.signIn({ username: 'anna', password, lostDevice }));
    await world.online(after);
    expect(await devicesOf(after)).toContain(lostDevice);
    await world.clock.pass(60_000);
    expect(await devicesOf(after)).toEqual([deviceIdOf(after)]);
    const shown: string[] = [];
    after.watch({ kind: 'conversations' }, (conversations) => {
      const last = conversations[0]?.lastMessage?.body;
      if (last?.kind === 'text') shown.push(last.text);
    });
    await world.clock.until(() => shown.includes('kept at the server'), 'the message is there');
  });

  it('stays as it is where its device is only locked, or is somebody else’s', async () => {
    const profile = new TestProfile();
    const first = await world.open(profile);
    await world.ok(first.register({ username: 'anna', password }));
    await world.online(first);
    const deviceId = deviceIdOf(first);
    await first.signOut();
    await world.ok(first.signIn({ username: 'anna', password, lostDevice: deviceId }));
    await world.online(first);
    await world.clock.pass(60_000);
    expect(await devicesOf(first)).toEqual([deviceId]);

    const other = await world.open();
    await world.ok(other.register({ username: 'berta', password }));
    const elsewhere = await world.open();
    await world.ok(elsewhere.signIn({ username: 'berta', password, lostDevice: deviceId }));
    await world.online(elsewhere);
    await world.clock.pass(60_000);
    expect(await devicesOf(elsewhere)).toHaveLength(2);
    expect(await devicesOf(first)).toEqual([deviceId]);
  });
});
