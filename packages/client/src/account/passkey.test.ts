import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccountSecret, PasskeySecret, SottoApi } from '../api.ts';
import { SignInWorld } from '../testing/signInWorld.ts';
import { TestProfile } from '../testing/testProfile.ts';

// Every opening of the account stretches the password for most of a second.
const slowMs = 180_000;

let world: SignInWorld;
let secret: AccountSecret;

beforeEach(async () => {
  world = await SignInWorld.create();
  secret = { kind: 'password', password: world.password };
});
afterEach(() => world.endAll());

/** A passkey as an authenticator keeps it; what it gives is another copy each time. */
function authenticator() {
  const credentialId = world.provider.randomBytes(64);
  const output = world.provider.randomBytes(32);
  return {
    made: (name: string) => ({ name, credentialId, prfOutput: output.slice() }),
    asked: (api: SottoApi): PasskeySecret => ({
      kind: 'passkey',
      accountId: world.signedIn(api).accountId,
      credentialId,
      prfOutput: output.slice(),
    }),
  };
}

describe('a passkey', () => {
  it(
    'is added with the password, named for own devices only, and signs in without a name',
    async () => {
      const { api } = await world.register(new TestProfile(), 'anna');
      const key = authenticator();
      const wrong = api.addPasskey({
        secret: { kind: 'password', password: 'nonsense' },
        passkey: key.made('Blue key'),
      });
      expect(await world.outcome(wrong)).toEqual({ kind: 'problem', problem: { kind: 'wrongPassword' } });
      const passkey = key.made('  Blue key ');
      await world.ok(api.addPasskey({ secret, passkey }));
      // What it gave is not left in memory.
      expect(passkey.prfOutput.every((byte) => byte === 0)).toBe(true);
      const view = await world.account(api, ({ passkeys }) => passkeys[0]?.lastUsedMs !== null);
      expect(view.passkeys).toMatchObject([{ name: 'Blue key', credentialId: passkey.credentialId }]);
      expect(view.securityLog[0]).toMatchObject({ kind: 'passkeyAdded', passkey: { name: 'Blue key' } });
      const stored = await world.store.listPasskeys(world.signedIn(api).accountId);
      expect(Buffer.from(stored[0]?.label ?? []).includes('Blue')).toBe(false);

      const other = await world.open(new TestProfile());
      const asked = key.asked(api);
      await world.ok(other.signInWithPasskey(asked));
      expect(asked.prfOutput.every((byte) => byte === 0)).toBe(true);
      expect(world.signedIn(other)).toMatchObject({ username: 'anna' });
      await world.online(other);
      expect((await world.account(other)).passkeys).toHaveLength(1);
      const again = api.addPasskey({ secret, passkey: key.made('Again') });
      expect(await world.outcome(again)).toEqual({ kind: 'problem', problem: { kind: 'knownPasskey' } });
    },
    slowMs,
  );

  it(
    'confirms what the password confirms, stays with a new password, and opens nothing once removed',
    async () => {
      const { api, recoveryCode } = await world.register(new TestProfile(), 'anna');
      const [blue, red] = [authenticator(), authenticator()];
      await world.ok(api.addPasskey({ secret, passkey: blue.made('Blue') }));
      await world.ok(api.addPasskey({ secret: blue.asked(api), passkey: red.made('Red') }));
      const newPassword = 'a wholly new one';
      await world.ok(api.changePassword({ secret: blue.asked(api), newPassword }));
      await world.ok(
        api.changePassword({ secret: { kind: 'recoveryCode', code: recoveryCode }, newPassword }),
      );
      const { passkeys } = await world.account(api);
      const [first] = passkeys;
      if (first === undefined) throw new Error('There is none');
      // With the one that goes.
      await world.ok(api.removePasskey({ secret: blue.asked(api), passkeyId: first.passkeyId }));
      const twice = api.removePasskey({ secret: red.asked(api), passkeyId: first.passkeyId });
      expect(await world.outcome(twice)).toEqual({ kind: 'problem', problem: { kind: 'unknownPasskey' } });
      const other = await world.open(new TestProfile());
      expect(await world.outcome(other.signInWithPasskey(blue.asked(api)))).toEqual({
        kind: 'problem',
        problem: { kind: 'wrongPasskey' },
      });
      await world.ok(other.signInWithPasskey(red.asked(api)));
      expect((await world.log(api)).slice(0, 5)).toEqual([
        'deviceAdded',
        'passkeyRemoved',
        'recovered',
        'passwordChanged',
        'passkeyAdded',
      ]);
    },
    slowMs,
  );

  it(
    'of another account, forged or malformed is refused, and nothing is done',
    async () => {
      const { api: anna } = await world.register(new TestProfile(), 'anna');
      const { api: ben } = await world.register(new TestProfile(), 'ben');
      const [annas, bens] = [authenticator(), authenticator()];
      await world.ok(anna.addPasskey({ secret, passkey: annas.made('Hers') }));
      await world.ok(ben.addPasskey({ secret, passkey: bens.made('His') }));
      const newPassword = 'a wholly new one';
      const forged = { ...annas.asked(anna), prfOutput: world.provider.randomBytes(32) };
      const crossed = { ...bens.asked(ben), accountId: world.signedIn(anna).accountId };
      for (const given of [bens.asked(ben), forged, crossed]) {
        const outcome = await world.outcome(anna.changePassword({ secret: given, newPassword }));
        expect(outcome).toEqual({ kind: 'problem', problem: { kind: 'wrongPasskey' } });
      }
      const short = { name: '', credentialId: new Uint8Array(8), prfOutput: new Uint8Array(16) };
      expect(await world.outcome(anna.addPasskey({ secret, passkey: short }))).toEqual({
        kind: 'problem',
        problem: { kind: 'wrongPasskey' },
      });
      expect(await world.log(anna)).toEqual(['passkeyAdded', 'created']);
      // A server that gives one account's vault for the other's passkey.
      const find = world.store.findAccount.bind(world.store);
      const { accountId } = world.signedIn(ben);
      world.store.findAccount = async (by) => {
        const found = await find(by);
        const other = await find({ accountId });
        return found === null || other === null ? found : { ...found, vault: other.vault };
      };
      expect(await world.outcome(anna.changePassword({ secret: annas.asked(anna), newPassword }))).toEqual({
        kind: 'problem',
        problem: { kind: 'keysInvalid' },
      });
    },
    slowMs,
  );

  it(
    'is there or not after a crash at any step of adding it, and then is added or used',
    async () => {
      const profile = new TestProfile();
      let { api } = await world.register(profile, 'anna');
      for (const crash of ['StartLogin', 'FinishLogin', 'ChangeAccount', 'StartPasskeyLogin'] as const) {
        for (const moment of ['before', 'after'] as const) {
          const key = authenticator();
          await world.crash(api, crash, moment, api.addPasskey({ secret, passkey: key.made('Key') }));
          api = await world.open(profile);
          await world.online(api);
          const came = crash === 'StartPasskeyLogin' || (crash === 'ChangeAccount' && moment === 'after');
          const { passkeys } = await world.account(api);
          expect(passkeys).toHaveLength(came ? 1 : 0);
          if (!came) await world.ok(api.addPasskey({ secret, passkey: key.made('Key') }));
          const [present] = (await world.account(api)).passkeys;
          if (present === undefined) throw new Error('There is none');
          await world.ok(api.removePasskey({ secret: key.asked(api), passkeyId: present.passkeyId }));
        }
      }
    },
    3 * slowMs,
  );
});
