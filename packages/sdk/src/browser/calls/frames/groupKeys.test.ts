import { readFileSync } from 'node:fs';
import { createFrameSealer, encodeHeader } from '@sotto/sframe';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FrameKey } from '../../../calls/frameKey.ts';
import { FrameKeyring } from './frameKeyring.ts';
import { maxGroupKeys, maxParticipants, maxStepsAhead, maxTrialsPerSecond } from './groupKeys.ts';
import { expandBlock, text } from './hkdf.ts';
import { frameSuite, oldKeyLifetimeMs } from './keyRules.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../../../../../spec/vectors/groupCallFrames.json', import.meta.url), 'utf8'),
);
const hex = (digits: string): Uint8Array<ArrayBuffer> => Uint8Array.fromHex(digits);
const kidOf = (generation: number, step: number, ordinal: number): bigint =>
  BigInt(generation * 2 ** 24 + step * 2 ** 12 + ordinal);
const senderOf = (ordinal: number): Uint8Array<ArrayBuffer> => {
  const sender = new Uint8Array(40).fill(7);
  new DataView(sender.buffer).setUint16(38, ordinal);
  return sender;
};
const first = new Uint8Array(32).fill(1);
const second = new Uint8Array(32).fill(2);
const delayMs = 1500;

async function baseAt(generation: Uint8Array, steps: number): Promise<Uint8Array<ArrayBuffer>> {
  let base = Uint8Array.from(generation);
  for (let step = 0; step < steps; step++) base = await expandBlock(base, text('Sotto 1 group call step'));
  return base;
}

/** Time that goes on when a test says so, for all of its keyrings. */
function createTimes() {
  let nowMs = 0;
  let tasks: { atMs: number; task: () => void }[] = [];
  return {
    later: (delayMs: number, task: () => void) => void tasks.push({ atMs: nowMs + delayMs, task }),
    pass: (timeMs: number) => {
      nowMs += timeMs;
      const due = tasks.filter(({ atMs }) => atMs <= nowMs).toSorted((a, b) => a.atMs - b.atMs);
      tasks = tasks.filter(({ atMs }) => atMs > nowMs);
      for (const { task } of due) task();
    },
  };
}
type Times = ReturnType<typeof createTimes>;

const base = (generation: number, step: number, bytes: Uint8Array): FrameKey => ({
  kind: 'base',
  generation,
  step,
  delayMs,
  base: Uint8Array.from(bytes),
});
const participant = (ordinal: number, isSelf = false): FrameKey => ({
  kind: 'participant',
  isSelf,
  ordinal,
  sender: senderOf(ordinal),
});

/** Of the participant with this ordinal, who knows the others. */
async function join(times: Times, self: number, others: readonly number[]): Promise<FrameKeyring> {
  const keyring = new FrameKeyring(times.later);
  await keyring.take(participant(self, true));
  for (const other of others) await keyring.take(participant(other));
  return keyring;
}

/** Three in the first generation; the newcomer comes later. */
async function createCall() {
  const times = createTimes();
  const [alice, bob, carol] = await Promise.all([
    join(times, 0, [1, 2]),
    join(times, 1, [0, 2]),
    join(times, 2, [0, 1]),
  ]);
  for (const keyring of [alice, bob, carol]) await keyring.take(base(0, 0, first));
  await sealsWith(alice, kidOf(0, 0, 0));
  await sealsWith(bob, kidOf(0, 0, 1));
  await sealsWith(carol, kidOf(0, 0, 2));
  return { times, alice, bob, carol };
}

const sealsWith = (keyring: FrameKeyring, kid: bigint) =>
  vi.waitFor(() => expect(keyring.sealer?.kid).toBe(kid), { timeout: 30_000, interval: 5 });

async function sealed(keyring: FrameKeyring): Promise<Uint8Array> {
  const result = await keyring.sealer!.sealMedia('opus', Uint8Array.of(1, 2, 3));
  if (result.kind === 'failed') throw new Error(result.reason);
  return result.frame;
}

/** What becomes of a frame: its KID, or why it was dropped. */
async function open(keyring: FrameKeyring, frame: Uint8Array, expected: number | null = null) {
  const result = await keyring.open('opus', frame, expected);
  return result.kind === 'opened' ? result.kid : result.reason;
}

/** Sealed by who has the base, as the participant with this ordinal. */
async function forged(generation: Uint8Array, kid: bigint, bytes = Uint8Array.of(5)): Promise<Uint8Array> {
  const steps = Number((kid >> 12n) & 0xfffn);
  const sender = senderOf(Number(kid & 0xfffn));
  const baseKey = await expandBlock(
    await baseAt(generation, steps),
    text('Sotto 1 group call sender'),
    sender,
  );
  const sealer = await createFrameSealer({ suite: frameSuite, kid, baseKey });
  const result = await sealer.sealMedia('opus', bytes);
  if (result.kind === 'failed') throw new Error(result.reason);
  return result.frame;
}

/** A frame that nobody sealed. */
const noise = (kid: bigint): Uint8Array => new Uint8Array([...encodeHeader(kid, 0n), ...new Uint8Array(40)]);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the keys of a group call', () => {
  it('are those of the vectors, with their KIDs', async () => {
    const times = createTimes();
    for (const { generation, step, ordinal, keyId, key } of vectors.senders) {
      const { accountId, deviceId, joinId } = vectors.participants.find(
        (one: { ordinal: number }) => one.ordinal === ordinal,
      );
      const keyring = new FrameKeyring(times.later);
      const sender = hex(accountId + deviceId + joinId);
      await keyring.take({ kind: 'participant', isSelf: false, ordinal, sender });
      // Told the generation's first base, it comes to the step by itself.
      await keyring.take(base(generation, 0, hex(vectors.generations[generation].bases[0])));
      const sealer = await createFrameSealer({ suite: frameSuite, kid: BigInt(keyId), baseKey: hex(key) });
      const result = await sealer.sealMedia('opus', Uint8Array.of(9));
      if (result.kind === 'failed') throw new Error(result.reason);
      expect(await open(keyring, result.frame)).toBe(BigInt(keyId));
      expect(kidOf(generation, step, ordinal)).toBe(BigInt(keyId));
    }
  });

  it('seal at once, and open what each of the others sealed, once', async () => {
    const { alice, bob, carol } = await createCall();
    const frames = [await sealed(alice), await sealed(alice), await sealed(bob)];
    for (const frame of frames.slice(0, 2)) expect(await open(bob, frame)).toBe(kidOf(0, 0, 0));
    for (const frame of frames) expect(typeof (await open(carol, frame))).toBe('bigint');
    for (const frame of frames) expect(await open(carol, frame)).toBe('replayed');
    // One's own frames do not come back.
    expect(await open(alice, frames[0]!)).toBe('unknownKey');
  });

  it('open only the frames of who is expected there', async () => {
    const { alice, bob, carol } = await createCall();
    const [ofAlice, ofBob] = [await sealed(alice), await sealed(bob)];
    expect(await open(carol, ofAlice, 1)).toBe('otherSender');
    expect(await open(carol, ofBob, 1)).toBe(kidOf(0, 0, 1));
    // It was not counted as opened.
    expect(await open(carol, ofAlice, 0)).toBe(kidOf(0, 0, 0));
    expect(carol.ordinalOf(kidOf(3, 2, 1))).toBe(1);
  });

  it('step by themselves where somebody joins: who was told late loses nothing, the newcomer opens nothing of before', async () => {
    const { times, alice, bob, carol } = await createCall();
    const before = await sealed(alice);
    const newcomer = await join(times, 3, [0, 1, 2]);
    await newcomer.take(base(0, 1, await baseAt(first, 1)));
    for (const keyring of [alice, bob]) {
      await keyring.take(participant(3));
      await keyring.take(base(0, 1, await baseAt(first, 1)));
    }
    await sealsWith(alice, kidOf(0, 1, 0));
    await sealsWith(newcomer, kidOf(0, 1, 3));
    expect(await open(newcomer, before)).toBe('unknownKey');
    // Carol was told of nothing yet.
    expect(await open(carol, await sealed(newcomer))).toBe('unknownKey');
    expect(await open(carol, await sealed(alice))).toBe(kidOf(0, 1, 0));
    expect(await open(carol, before)).toBe(kidOf(0, 0, 0));
    await sealsWith(carol, kidOf(0, 1, 2));
    expect(await open(newcomer, await sealed(carol))).toBe(kidOf(0, 1, 2));
    expect(await carol.take(base(0, 1, await baseAt(first, 1)))).toBe('taken');
    expect(await open(alice, await sealed(carol))).toBe(kidOf(0, 1, 2));
  });

  it('are renewed where somebody leaves: opened with at once, sealed with after the delay, without a gap', async () => {
    const { times, alice, bob, carol } = await createCall();
    const late = await sealed(alice);
    await alice.take({ kind: 'gone', ordinal: 2 });
    await alice.take(base(1, 0, second));
    times.pass(delayMs - 1);
    expect(alice.sealer?.kid).toBe(kidOf(0, 0, 0));
    // Bob was told later, and opens both.
    await bob.take(base(1, 0, second));
    expect(await open(bob, await sealed(alice))).toBe(kidOf(0, 0, 0));
    times.pass(1);
    await sealsWith(alice, kidOf(1, 0, 0));
    const renewed = await sealed(alice);
    expect(await open(bob, renewed)).toBe(kidOf(1, 0, 0));
    expect(bob.sealer?.kid).toBe(kidOf(0, 0, 1));
    expect(await open(alice, await sealed(bob))).toBe(kidOf(0, 0, 1));
    // Who left has no key for it, and is heard no more.
    expect(await open(carol, renewed)).toBe('unknownKey');
    expect(await open(alice, await sealed(carol))).toBe('unknownKey');
    times.pass(delayMs);
    await sealsWith(bob, kidOf(1, 0, 1));
    times.pass(oldKeyLifetimeMs - delayMs);
    expect(await open(bob, late)).toBe(kidOf(0, 0, 0));
  });

  it('are gone ten seconds after a newer one seals', async () => {
    const { times, alice, bob } = await createCall();
    const frames = [await sealed(alice), await sealed(alice)];
    expect(await open(bob, frames[0]!)).toBe(kidOf(0, 0, 0));
    const told = Uint8Array.from(second);
    await bob.take({ kind: 'base', generation: 1, step: 0, delayMs, base: told });
    times.pass(delayMs);
    await sealsWith(bob, kidOf(1, 0, 1));
    times.pass(oldKeyLifetimeMs);
    expect(await open(bob, frames[1]!)).toBe('unknownKey');
    expect(bob.kids).toEqual([]);
    await bob.take(base(2, 0, first));
    times.pass(delayMs);
    times.pass(oldKeyLifetimeMs);
    expect(told).toEqual(new Uint8Array(32));
  });

  it('of a generation that is not sealed with yet take steps with them, and wait together', async () => {
    const { times, alice, bob } = await createCall();
    await alice.take(base(1, 0, second));
    times.pass(1000);
    await alice.take(base(1, 1, await baseAt(second, 1)));
    await alice.take(base(2, 0, first));
    expect(alice.sealer?.kid).toBe(kidOf(0, 0, 0));
    times.pass(500);
    await sealsWith(alice, kidOf(1, 1, 0));
    times.pass(1000);
    await sealsWith(alice, kidOf(2, 0, 0));
    // Bob, who has known of nothing, opens none of it.
    expect(await open(bob, await sealed(alice))).toBe('unknownKey');
  });

  it('come in any order', async () => {
    const times = createTimes();
    const alice = new FrameKeyring(times.later);
    await alice.take(base(0, 0, first));
    expect(alice.sealer).toBeNull();
    await alice.take(participant(0, true));
    await sealsWith(alice, kidOf(0, 0, 0));
    const bob = await join(times, 1, []);
    expect(await open(bob, await sealed(alice))).toBe('unknownKey');
    await bob.take(base(0, 0, first));
    expect(await open(bob, await sealed(alice))).toBe('unknownKey');
    await bob.take(participant(0));
    expect(await open(bob, await sealed(alice))).toBe(kidOf(0, 0, 0));
  });

  it('of oneself that is gone seal no more', async () => {
    const { alice, times } = await createCall();
    await alice.take({ kind: 'gone', ordinal: 0 });
    expect(alice.sealer).toBeNull();
    await alice.take(base(1, 0, second));
    times.pass(delayMs);
    expect(await alice.take(participant(0, true))).toBe('taken');
    expect(alice.sealer).toBeNull();
  });
});

describe('what does not fit', () => {
  it('is refused: lower ones, others in the same place, and those who were gone', async () => {
    const { alice, bob } = await createCall();
    const { framesLeft } = alice.sealer!;
    await sealed(alice);
    expect(await alice.take(base(0, 0, first))).toBe('taken');
    expect(await alice.take(base(0, 0, second))).toBe('oldKey');
    expect(await alice.take(participant(1))).toBe('taken');
    expect(await alice.take({ kind: 'participant', isSelf: false, ordinal: 1, sender: senderOf(9) })).toBe(
      'oldKey',
    );
    expect(await alice.take(participant(1, true))).toBe('oldKey');
    expect(await alice.take(participant(0, false))).toBe('oldKey');
    expect(alice.sealer!.framesLeft).toBe(framesLeft - 1n);
    const frame = await sealed(bob);
    expect(await open(alice, frame)).toBe(kidOf(0, 0, 1));
    await alice.take({ kind: 'gone', ordinal: 1 });
    expect(await alice.take(participant(1))).toBe('oldKey');
    expect(await open(alice, frame)).toBe('unknownKey');
    await alice.take(base(0, 2, await baseAt(first, 2)));
    expect(await alice.take(base(0, 3, second))).toBe('oldKey');
    expect(await alice.take(base(0, 1, await baseAt(first, 1)))).toBe('oldKey');
    await alice.take(base(2, 0, second));
    expect(await alice.take(base(1, 0, first))).toBe('oldKey');
  });

  it('is refused: keys of the other kind of call', async () => {
    const times = createTimes();
    const { alice } = await createCall();
    const key = (): FrameKey => ({
      kind: 'sender',
      use: 'opens',
      kid: 2n ** 40n,
      baseKey: Uint8Array.from(first),
    });
    expect(await alice.take(key())).toBe('malformed');
    const pair = new FrameKeyring(times.later);
    expect(await pair.take(key())).toBe('taken');
    for (const other of [base(0, 0, first), participant(1), { kind: 'gone', ordinal: 0 } as const]) {
      expect(await pair.take(other)).toBe('malformed');
    }
    expect(pair.kids).toEqual([2n ** 40n]);
  });

  it('is refused: more participants than a call has seats', async () => {
    const times = createTimes();
    const others = Array.from({ length: maxParticipants }, (_, at) => at + 1);
    const alice = await join(times, 0, others);
    expect(await alice.take(participant(4000))).toBe('tooMany');
    await alice.take({ kind: 'gone', ordinal: 1 });
    expect(await alice.take(participant(4000))).toBe('taken');
  });

  it('moves no step: a frame that is not authentic, and one too far ahead', async () => {
    const { alice, bob } = await createCall();
    expect(await open(alice, noise(kidOf(0, 3, 1)))).toBe('notAuthentic');
    expect(await open(alice, await forged(second, kidOf(0, 3, 1)))).toBe('notAuthentic');
    expect(await open(alice, await forged(first, kidOf(0, maxStepsAhead + 1, 1)))).toBe('unknownKey');
    expect(alice.sealer!.kid).toBe(kidOf(0, 0, 0));
    expect(await open(alice, await sealed(bob))).toBe(kidOf(0, 0, 1));
    // The one that was tried stays to be met.
    expect(await open(alice, await forged(first, kidOf(0, 3, 1)))).toBe(kidOf(0, 3, 1));
    await sealsWith(alice, kidOf(0, 3, 0));
    // From what was told it is 64 steps, not from what was met.
    expect(await open(alice, await forged(first, kidOf(0, maxStepsAhead + 1, 1)))).toBe('unknownKey');
  });

  it('keeps nobody out: who is told a lower step than the others met is opened', async () => {
    const { times, alice } = await createCall();
    expect(await open(alice, await forged(first, kidOf(0, 40, 1)))).toBe(kidOf(0, 40, 1));
    await sealsWith(alice, kidOf(0, 40, 0));
    times.pass(oldKeyLifetimeMs);
    await alice.take(participant(3));
    await alice.take(base(0, 1, await baseAt(first, 1)));
    expect(await open(alice, await forged(first, kidOf(0, 1, 3)))).toBe(kidOf(0, 1, 3));
    const newcomer = await join(times, 3, [0]);
    await newcomer.take(base(0, 1, await baseAt(first, 1)));
    expect(await open(newcomer, await sealed(alice))).toBe(kidOf(0, 40, 0));
  });
});

describe('a flood of frames', () => {
  const countDerivations = () => vi.spyOn(crypto.subtle, 'importKey');

  it('with KIDs of nobody costs no derivation', async () => {
    const { alice } = await createCall();
    const derivations = countDerivations();
    for (const kid of [
      kidOf(0, 0, 9),
      kidOf(1, 0, 1),
      kidOf(0, 65, 1),
      kidOf(2 ** 31, 0, 1),
      2n ** 64n - 1n,
    ]) {
      expect(await open(alice, noise(kid))).toBe('unknownKey');
    }
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 2n ** 24n, max: 2n ** 64n - 1n }), async (kid) => {
        expect(await open(alice, noise(kid))).toBe('unknownKey');
      }),
    );
    expect(derivations).not.toHaveBeenCalled();
  });

  it('of steps that nobody told costs a bounded number of them in a second, and stops nobody', async () => {
    const { times, alice, bob } = await createCall();
    await open(alice, await sealed(bob));
    const derivations = countDerivations();
    const opened = async () => {
      for (let step = 1; step <= maxStepsAhead; step++) {
        for (const ordinal of [1, 2]) await open(alice, noise(kidOf(0, step, ordinal)));
      }
    };
    await opened();
    // Each: the sender key, and key and salt of SFrame from one import; and each step once.
    const limit = maxTrialsPerSecond * 3 + maxStepsAhead;
    const inFirst = derivations.mock.calls.length;
    expect(inFirst).toBeGreaterThan(0);
    expect(inFirst).toBeLessThanOrEqual(limit);
    await opened();
    expect(derivations.mock.calls.length).toBe(inFirst);
    expect(alice.kids.length).toBeLessThanOrEqual(maxTrialsPerSecond + 2);
    expect(await open(alice, await sealed(bob))).toBe(kidOf(0, 0, 1));
    times.pass(1000);
    await opened();
    expect(alice.kids.length).toBeLessThanOrEqual(maxTrialsPerSecond + 2);
    times.pass(1000);
    expect(await open(alice, await forged(first, kidOf(0, 5, 2)))).toBe(kidOf(0, 5, 2));
  });

  it('of every key there is leaves those of the newest bases', async () => {
    const times = createTimes();
    const others = Array.from({ length: maxParticipants }, (_, at) => at + 1);
    const alice = await join(times, 0, others);
    await alice.take(base(0, 0, first));
    const old = await forged(first, kidOf(0, 0, 1), Uint8Array.of(1));
    expect(await open(alice, old)).toBe(kidOf(0, 0, 1));
    for (let step = 1; step <= 3; step++) {
      await alice.take(base(0, step, await baseAt(first, step)));
      for (const other of others) await open(alice, noise(kidOf(0, step, other)));
      expect(alice.kids.length).toBeLessThanOrEqual(maxGroupKeys);
    }
    expect(await open(alice, old)).toBe('unknownKey');
    const fresh = await forged(first, kidOf(0, 3, 300));
    expect(await open(alice, fresh)).toBe(kidOf(0, 3, 300));
    expect(await open(alice, fresh)).toBe('replayed');
  });

  it('at the same time is opened once each, by one key', async () => {
    const { alice, bob } = await createCall();
    const frames = await Promise.all(Array.from({ length: 20 }, () => sealed(bob)));
    const results = await Promise.all([...frames, ...frames].map((frame) => open(alice, frame)));
    expect(results.filter((result) => result === kidOf(0, 0, 1)).length).toBe(20);
    expect(results.filter((result) => result === 'replayed').length).toBe(20);
  });
});
