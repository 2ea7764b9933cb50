import { type FrameKey, sealFrameKey } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import type { CallId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { createFrameGate, type FrameGate } from './frameGate.ts';

const provider = await loadNodeProvider();
const [keyA, keyB] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const callId = 'ab'.repeat(16) as CallId;

async function sealed(
  to: FrameGate,
  use: FrameKey['use'],
  keyId: bigint,
  key: Uint8Array,
): Promise<Uint8Array> {
  const bytes = await sealFrameKey(provider, callId, to.frameKey, { use, keyId, key });
  if (!bytes) throw new Error('not a public key');
  return bytes;
}

/** A caller's and an answerer's gate; time is what the test says. */
async function gates() {
  const time = { nowMs: 0 };
  const gate = () => createFrameGate(callId, () => time.nowMs);
  const [caller, answerer] = [await gate(), await gate()];
  await caller.take(await sealed(caller, 'seal', 0n, keyA));
  await caller.take(await sealed(caller, 'open', 1n, keyB));
  await answerer.take(await sealed(answerer, 'seal', 1n, keyB));
  await answerer.take(await sealed(answerer, 'open', 0n, keyA));
  return { caller, answerer, time };
}

const sound = Uint8Array.of(0x78, 1, 2, 3);

describe('the frame gate', () => {
  it('opens what the other side sealed, once', async () => {
    const { caller, answerer } = await gates();
    for (const [from, to] of [
      [caller, answerer],
      [answerer, caller],
    ] as const) {
      const frame = from.seal('audio', sound) ?? new Uint8Array();
      expect(frame.length).toBeGreaterThan(sound.length);
      expect(to.open('audio', frame)).toEqual(sound);
      expect(to.open('audio', frame)).toBeNull();
      const picture = new Uint8Array(500);
      expect(to.open('video', from.seal('video', picture) ?? new Uint8Array())).toEqual(picture);
    }
  });

  it('passes nothing without keys, with other keys, or that was changed', async () => {
    const { caller, answerer } = await gates();
    const empty = await createFrameGate(callId);
    expect(empty.seal('audio', sound)).toBeNull();
    const frame = caller.seal('audio', sound) ?? new Uint8Array();
    expect(empty.open('audio', frame)).toBeNull();
    await empty.take(await sealed(empty, 'open', 0n, keyB));
    expect(empty.open('audio', frame)).toBeNull();
    expect(answerer.open('audio', frame.with(-1, (frame.at(-1) ?? 0) ^ 1))).toBeNull();
    expect(answerer.open('audio', new Uint8Array())).toBeNull();
    expect(answerer.open('audio', frame)).toEqual(sound);
  });

  it('takes no key that is for another gate or call, or is malformed', async () => {
    const [gate, other] = [await createFrameGate(callId), await createFrameGate(callId)];
    const elsewhere = await createFrameGate('cd'.repeat(16) as CallId);
    expect(await gate.take(await sealed(other, 'seal', 0n, keyA))).toBe('notSealedToThis');
    expect(await elsewhere.take(await sealed(elsewhere, 'seal', 0n, keyA))).toBe('notSealedToThis');
    expect(await gate.take(new Uint8Array())).toBe('notSealedToThis');
    expect(await gate.take(await sealed(gate, 'seal', 0n, keyA.subarray(1)))).toBe('malformed');
    expect(gate.seal('audio', sound)).toBeNull();
  });

  it('never begins again to count under a key', async () => {
    const { caller, answerer } = await gates();
    const first = caller.seal('audio', sound) ?? new Uint8Array();
    expect(await caller.take(await sealed(caller, 'seal', 0n, keyA))).toBe('oldKey');
    const second = caller.seal('audio', sound) ?? new Uint8Array();
    expect(second).not.toEqual(first);
    expect(answerer.open('audio', second)).toEqual(sound);
    expect(answerer.open('audio', first)).toEqual(sound);
  });

  it('opens with the key before for ten seconds after the other side came back', async () => {
    const { caller, answerer, time } = await gates();
    const late = caller.seal('audio', sound) ?? new Uint8Array();
    const tooLate = caller.seal('audio', sound) ?? new Uint8Array();
    const again = await createFrameGate(callId);
    const keyC = new Uint8Array(32).fill(3);
    await again.take(await sealed(again, 'seal', 2n, keyC));
    expect(await answerer.take(await sealed(answerer, 'open', 2n, keyC))).toBe('taken');
    expect(answerer.open('audio', again.seal('audio', sound) ?? new Uint8Array())).toEqual(sound);
    time.nowMs = 9_999;
    expect(answerer.open('audio', late)).toEqual(sound);
    time.nowMs = 10_000;
    expect(answerer.open('audio', tooLate)).toBeNull();
    expect(await answerer.take(await sealed(answerer, 'open', 0n, keyA))).toBe('oldKey');
    expect(answerer.open('audio', tooLate)).toBeNull();
  });
});
