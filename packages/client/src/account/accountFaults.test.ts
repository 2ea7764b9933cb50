/** Changes of an account that end anywhere: at each of their requests, before or after the server carried it out. */
import type { DeviceId } from '@sotto/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AccountProblem, AccountSecret, Outcome, SottoApi } from '../api.ts';
import type { SignInAnswer } from '../ports.ts';
import { countMembers, openNotes, showsNotes } from '../testing/notes.ts';
import { SignInWorld } from '../testing/signInWorld.ts';
import { TestProfile } from '../testing/testProfile.ts';

vi.mock('@serenity-kit/opaque', async (load) =>
  (await import('../testing/cheapPasswords.ts')).cheapen(await load()),
);

const slowMs = 180_000;
const oldPassword = 'correct horse battery';
const newPassword = 'a wholly new one';
const byOldPassword: AccountSecret = { kind: 'password', password: oldPassword };
const byNewPassword: AccountSecret = { kind: 'password', password: newPassword };

let world: SignInWorld;
afterEach(() => world.endAll());

/** An account with two devices that have said something to each other. */
interface Anna {
  readonly profile: TestProfile;
  readonly phone: SottoApi;
  readonly laptop: SottoApi;
  readonly laptopId: DeviceId;
  readonly byOldCode: AccountSecret;
  readonly newCode: string;
}

async function begin(): Promise<Anna> {
  world = await SignInWorld.create();
  const profile = new TestProfile();
  const phone = await world.open(profile, 'Phone');
  const { recoveryCode } = await world.ok(phone.register({ username: 'anna', password: oldPassword }));
  await world.online(phone);
  const laptop = await signIn(oldPassword);
  const notes = await openNotes(world, phone);
  await world.ok(phone.sendText(notes, 'one'));
  await showsNotes(world, laptop, ['one']);
  await world.ok(laptop.sendText(await openNotes(world, laptop), 'two'));
  for (const api of [phone, laptop]) await showsNotes(world, api, ['one', 'two']);
  await world.clock.until(() => countMembers(phone, notes) === 2, 'both are in the group');
  const session = world.session(laptop);
  if (session.kind !== 'signedIn') throw new Error('The laptop is not signed in');
  const newCode = await phone.suggestRecoveryCode();
  const byOldCode: AccountSecret = { kind: 'recoveryCode', code: recoveryCode };
  return { profile, phone, laptop, laptopId: session.deviceId, byOldCode, newCode };
}

async function signIn(password: string): Promise<SottoApi> {
  const api = await world.open(new TestProfile(), 'Browser');
  await world.ok(api.signIn({ username: 'anna', password }));
  await world.online(api);
  return api;
}

/** Whether the account opens with this, by asking for something that cannot be done. */
async function opens(api: SottoApi, secret: AccountSecret): Promise<boolean> {
  const outcome = await world.outcome(api.removeDevice({ deviceId: '00'.repeat(16) as DeviceId, secret }));
  if (outcome.kind === 'ok') throw new Error('A device was removed that is none');
  const { kind } = outcome.problem;
  if (kind !== 'unknownDevice' && kind !== 'wrongPassword' && kind !== 'wrongRecoveryCode') {
    throw new Error(`It could not be told: ${kind}`);
  }
  return kind === 'unknownDevice';
}

interface Change {
  readonly name: string;
  run(anna: Anna): Promise<Outcome<null, AccountProblem>>;
  /** What opens the account once it came to be, and what no longer does. */
  readonly opening: (anna: Anna) => { readonly after: AccountSecret; readonly before: AccountSecret };
  readonly noted: string;
}

const byNewCode = ({ newCode }: Anna): AccountSecret => ({ kind: 'recoveryCode', code: newCode });
const changes: readonly Change[] = [
  {
    name: 'a new password',
    run: ({ phone }) => phone.changePassword({ secret: byOldPassword, newPassword }),
    opening: () => ({ after: byNewPassword, before: byOldPassword }),
    noted: 'passwordChanged',
  },
  {
    name: 'a new password by the recovery code',
    run: ({ phone, byOldCode }) => phone.changePassword({ secret: byOldCode, newPassword }),
    opening: () => ({ after: byNewPassword, before: byOldPassword }),
    noted: 'recovered',
  },
  {
    name: 'a new recovery code',
    run: ({ phone, newCode }) => phone.replaceRecoveryCode({ secret: byOldPassword, recoveryCode: newCode }),
    opening: (anna) => ({ after: byNewCode(anna), before: anna.byOldCode }),
    noted: 'recoveryCodeReplaced',
  },
  {
    name: 'a device that is removed',
    run: ({ phone, laptopId, byOldCode }) => phone.removeDevice({ deviceId: laptopId, secret: byOldCode }),
    opening: ({ byOldCode }) => ({ after: byOldCode, before: byOldCode }),
    noted: 'deviceRemoved',
  },
];

/** What becomes of one request: it does not reach the server, or its answer does not come back. */
type Loss = 'request' | 'answer';
const losses: readonly Loss[] = ['request', 'answer'];

/** From now on the `number`th request is lost (once), and `then` happens. False: there were fewer. */
function loseRequest(number: number, loss: Loss, then: () => Promise<SignInAnswer>): () => boolean {
  const { answer } = world;
  let count = 0;
  world.answer = async (method, payload) => {
    count += 1;
    if (count !== number) return answer(method, payload);
    if (loss === 'answer') await answer(method, payload);
    return then();
  };
  return () => {
    world.answer = answer;
    return count >= number;
  };
}

/** All of the account agrees on whether the change came to be, nothing is lost, and it can be used as before. */
async function check(anna: Anna, phone: SottoApi, change: Change): Promise<boolean> {
  const { devices, securityLog } = await world.ok(phone.readOwnAccount());
  const isDone = securityLog[0]?.kind === change.noted;
  const { before, after } = change.opening(anna);
  expect(await opens(phone, after)).toBe(isDone || after === before);
  expect(await opens(phone, before)).toBe(!isDone || after === before);

  const isLaptopOut = isDone && change.noted === 'deviceRemoved';
  expect(devices).toHaveLength(isLaptopOut ? 1 : 2);
  if (isLaptopOut) {
    await world.clock.until(() => world.session(anna.laptop).kind === 'stopped', 'it was told');
  } else {
    const other = await world.ok(anna.laptop.readOwnAccount());
    expect(other.securityLog.map(({ kind }) => kind)).toEqual(securityLog.map(({ kind }) => kind));
  }
  const notes = await openNotes(world, phone);
  await world.clock.until(() => countMembers(phone, notes) === devices.length, 'the group has its devices');
  await world.ok(phone.sendText(notes, 'three'));
  if (!isLaptopOut) await showsNotes(world, anna.laptop, ['one', 'two', 'three']);
  const fresh = await signIn((await opens(phone, byNewPassword)) ? newPassword : oldPassword);
  for (const api of [phone, fresh]) await showsNotes(world, api, ['one', 'two', 'three']);
  return isDone;
}

describe.each(changes)('$name', (change) => {
  it.each(losses)(
    'is there or is not, wherever the program ends, before or after each request (lost: %s)',
    async (loss) => {
      const seen = new Set<boolean>();
      for (let number = 1; ; number++) {
        const anna = await begin();
        let isCrashed = false;
        const wasReached = loseRequest(number, loss, () => {
          isCrashed = true;
          return new Promise(() => undefined);
        });
        let isOver = false;
        void change.run(anna).then(() => {
          isOver = true;
        });
        await world.clock.until(() => isCrashed || isOver, 'it ends');
        if (!wasReached()) {
          expect(number).toBeGreaterThan(4);
          break;
        }
        await world.end(anna.phone);
        const phone = await world.open(anna.profile, 'Phone');
        await world.online(phone);
        seen.add(await check(anna, phone, change));
        await world.endAll();
      }
      expect([...seen].sort()).toEqual([false, true]);
    },
    slowMs,
  );

  it.each(losses)(
    'is told as done only where it is, whichever request is lost on the way (lost: %s)',
    async (loss) => {
      for (let number = 1; ; number++) {
        const anna = await begin();
        const wasReached = loseRequest(number, loss, async () => ({ kind: 'unreachable' }));
        const outcome = await world.outcome(change.run(anna));
        if (!wasReached()) {
          expect(outcome).toEqual({ kind: 'ok', value: null });
          break;
        }
        if (outcome.kind === 'problem') expect(outcome.problem).toEqual({ kind: 'offline' });
        const isDone = await check(anna, anna.phone, change);
        if (outcome.kind === 'ok') expect(isDone).toBe(true);
        await world.endAll();
      }
    },
    slowMs,
  );
});
