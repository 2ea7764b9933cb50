import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FrameGate } from './frameGate.ts';
import { createMediaEar } from './mediaEar.ts';

/** Opens what begins with `key`, and has none where that is null. */
const gateWith = (key: number | null): FrameGate => ({
  frameKey: new Uint8Array(),
  canOpen: key !== null,
  take: async () => 'malformed',
  seal: () => null,
  open: (_, sealed) => (sealed[0] === key ? sealed.subarray(1) : null),
});
const sealed = (frame: Uint8Array) => Uint8Array.of(7, ...frame);

/** The first frames of the test pattern: a file header of 32 bytes, then each behind 12 bytes that begin with its size. */
function pictures(count: number): Uint8Array[] {
  const file = readFileSync(new URL('./testPattern.ivf', import.meta.url));
  let at = 32;
  return Array.from({ length: count }, () => {
    const begin = at + 12;
    at = begin + file.readUInt32LE(at);
    return new Uint8Array(file.subarray(begin, at));
  });
}

describe('the ear of a call in Node', () => {
  it('says of each picture whether those after it can go on from it', async () => {
    const ear = await createMediaEar();
    const [whole = new Uint8Array(), part = new Uint8Array()] = pictures(2);
    expect(ear.take(gateWith(null), 'video', sealed(whole))).toBe('dropped');
    expect(ear.take(gateWith(8), 'video', sealed(whole))).toBe('dropped');
    expect(ear.take(gateWith(7), 'video', sealed(part))).toBe('opened');
    expect(ear.pictureSize).toBeNull();
    expect(ear.take(gateWith(7), 'video', sealed(whole))).toBe('whole');
    expect(ear.pictureSize).toEqual({ width: 320, height: 180 });
    expect(ear.take(gateWith(7), 'video', sealed(part))).toBe('opened');
    expect(ear.received.video).toMatchObject({ frames: 3, early: 1, failures: 1 });
    ear.close();
    expect(ear.take(gateWith(7), 'video', sealed(whole))).toBe('dropped');
  });
});
