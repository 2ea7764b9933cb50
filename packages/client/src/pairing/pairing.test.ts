import { encodePairingCode, parsePairingCode } from '@sotto/crypto';
import { limits } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AccountSecret, SottoApi } from '../api.ts';
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

async function anna(): Promise<SottoApi> {
  const api = await world.open();
  await world.ok(api.register({ username: 'anna', password }));
  await world.online(api);
  return api;
}

async function showCode(api: SottoApi): Promise<string> {
  return (await world.ok(api.beginPairing())).code;
}

describe('a device that comes by a code', () => {
  it('is the account’s once a signed-in device has granted it, with everything that was said', async () => {
    const first = await anna();
    const { accountId } = await world.ok(first.findAccount('anna'));
    const notes = await world.ok(first.openDirectConversation(accountId));
    await world.ok(first.sendText(notes, 'before you came'));

    const second = await world.open(new TestProfile(), 'Phone');
    const code = await showCode(second);
    const come = second.awaitPairing();
    expect(await world.ok(first.readPairingOffer(code))).toEqual({ system: 'Phone' });
    await world.ok(first.approvePairing({ code, secret }));
    await world.ok(come);
    expect(world.session(second)).toMatchObject({ kind: 'signedIn', username: 'anna' });
    await world.online(second);
    const { devices } = await world.ok(first.readOwnAccount());
    expect(devices).toHaveLength(2);

    const shown: string[] = [];
    second.watch({ kind: 'conversations' }, (conversations) => {
      const last = conversations[0]?.lastMessage?.body;
      if (last?.kind === 'text') shown.push(last.text);
    });
    await world.clock.until(() => shown.includes('before you came'), 'the message is there');
  });

  it('is not granted with a wrong password, nor twice, nor when nobody shows the code any more', async () => {
    const first = await anna();
    const second = await world.open();
    const code = await showCode(second);
    const wrong = { kind: 'password', password: 'wrong horse battery' } as const;
    expect(await world.outcome(first.approvePairing({ code, secret: wrong }))).toEqual({
      kind: 'problem',
      problem: { kind: 'wrongPassword' },
    });
    const cancelled = second.awaitPairing();
    await second.cancelPairing();
    expect(await world.outcome(cancelled)).toEqual({ kind: 'problem', problem: { kind: 'cancelled' } });
    expect(await world.outcome(first.approvePairing({ code, secret }))).toEqual({
      kind: 'problem',
      problem: { kind: 'notCome' },
    });
    expect((await world.ok(first.readOwnAccount())).devices).toHaveLength(1);
    // What was answered stands: another device of another account does not take its place.
    const other = await world.open();
    await world.ok(other.register({ username: 'berta', password }));
    await world.online(other);
    expect(await world.outcome(other.approvePairing({ code, secret }))).toEqual({
      kind: 'problem',
      problem: { kind: 'expired' },
    });
    expect(world.session(second)).toMatchObject({ kind: 'signedOut' });
  });

  it('stops waiting when the code is too old', async () => {
    const second = await world.open();
    await showCode(second);
    const waiting = second.awaitPairing();
    expect(await world.outcome(waiting, limits.pairingLifetimeMs * 2)).toEqual({
      kind: 'problem',
      problem: { kind: 'expired' },
    });
    expect(await world.outcome(second.awaitPairing())).toEqual({
      kind: 'problem',
      problem: { kind: 'expired' },
    });
  });

  it('is told why a code is none', async () => {
    const first = await anna();
    const none = encodePairingCode(world.provider.randomBytes(32));
    const malformed = [
      '',
      'x'.repeat(44),
      none.slice(1),
      `${none}A`,
      `C${none.slice(1)}`,
      '../../etc/passwd',
    ];
    for (const code of malformed) {
      expect(await world.outcome(first.readPairingOffer(code))).toEqual({
        kind: 'problem',
        problem: { kind: 'malformedCode' },
      });
    }
    expect(await world.outcome(first.readPairingOffer(none))).toEqual({
      kind: 'problem',
      problem: { kind: 'expired' },
    });
    expect(parsePairingCode(none)).toHaveLength(32);
  });

  it('goes on through lost answers, and leaves nothing where its own entry is refused', async () => {
    const first = await anna();
    const profile = new TestProfile();
    const second = await world.open(profile);
    const lost = new Set<string>();
    world.answer = async (method, payload) => {
      const answer = await world.service.signIn(method, payload);
      if (lost.has(method)) return answer;
      lost.add(method);
      return { kind: 'unreachable' };
    };
    lost.add('OfferPairing').add('StartLogin').add('FinishLogin').add('DescribeServer');
    const code = await showCode(second);
    const come = second.awaitPairing();
    await world.ok(first.approvePairing({ code, secret }));
    await world.ok(come);
    expect(lost.has('ReadPairing') && lost.has('AddDevice')).toBe(true);

    const third = await world.open();
    const next = await showCode(third);
    const refused = third.awaitPairing();
    world.answer = async (method, payload) =>
      method === 'AddDevice'
        ? { kind: 'error', error: { code: 'chain_stale' } }
        : world.service.signIn(method, payload);
    const approved = first.approvePairing({ code: next, secret });
    expect(await world.outcome(refused)).toEqual({
      kind: 'problem',
      problem: { kind: 'refused', code: 'chain_stale' },
    });
    expect(world.session(third)).toMatchObject({ kind: 'signedOut' });
    expect(await world.outcome(approved)).toEqual({ kind: 'problem', problem: { kind: 'notCome' } });
  });

  it('takes nothing that a server made up', async () => {
    const second = await world.open();
    world.answer = async (method, payload) => {
      const answer = await world.service.signIn(method, payload);
      if (method !== 'ReadPairing' || answer.kind !== 'answer') return answer;
      // A ReadPairingResponse with an answer of its own.
      return { kind: 'answer', payload: Uint8Array.of(0x0a, 64, ...new Uint8Array(64)) };
    };
    await showCode(second);
    expect(await world.outcome(second.awaitPairing())).toEqual({
      kind: 'problem',
      problem: { kind: 'keysInvalid' },
    });
    expect(world.session(second)).toMatchObject({ kind: 'signedOut' });
  });
});
