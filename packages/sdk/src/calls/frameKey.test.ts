import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrameKey } from './frameKey.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors/groupCallFrames.json', import.meta.url), 'utf8'),
);

describe('a frame key', () => {
  it('of a call between two is its use, KID and key', () => {
    const bytes = Uint8Array.from({ length: 41 }, (_, at) => (at < 9 ? 0 : at));
    bytes[8] = 3;
    expect(decodeFrameKey(bytes)).toEqual({
      kind: 'sender',
      use: 'seals',
      kid: 3n,
      baseKey: bytes.slice(9),
    });
    bytes[0] = 1;
    expect(decodeFrameKey(bytes)).toMatchObject({ use: 'opens' });
  });

  it('of a group call is a base, a participant or one who is gone, as in the vectors', () => {
    for (const { plain, ...message } of vectors.frameMessages) {
      const decoded = decodeFrameKey(Uint8Array.fromHex(plain));
      const { kind, generation, step, delayMs, base, isSelf, ordinal, accountId, deviceId, joinId } = message;
      expect(decoded).toEqual(
        {
          base: () => ({ kind, generation, step, delayMs, base: Uint8Array.fromHex(base) }),
          participant: () => ({
            kind,
            isSelf,
            ordinal,
            sender: Uint8Array.fromHex(accountId + deviceId + joinId),
          }),
          gone: () => ({ kind, ordinal }),
        }[kind as 'base' | 'participant' | 'gone'](),
      );
    }
    expect(vectors.frameMessages.length).toBe(4);
  });

  it('is nothing else', () => {
    for (let use = 0; use <= 255; use++) {
      for (const size of [0, 1, 2, 9, 40, 42, 43, 45, 82]) {
        expect(decodeFrameKey(new Uint8Array(size).fill(use, 0, 1))).toBeNull();
      }
    }
    const sizes = [41, 41, 41, 44, 3];
    for (const [use, size] of sizes.entries())
      expect(decodeFrameKey(new Uint8Array(size).fill(use, 0, 1))).not.toBeNull();
    // Steps and ordinals have 12 bits; a participant is oneself or not.
    for (const [use, at] of [
      [2, 5],
      [3, 2],
      [4, 1],
      [3, 1],
    ] as const) {
      const bytes = new Uint8Array(sizes[use]!).fill(use, 0, 1);
      bytes[at] = 0x10;
      expect(decodeFrameKey(bytes)).toBeNull();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const decoded = decodeFrameKey(new Uint8Array(bytes));
        if (decoded?.kind === 'participant') expect(decoded.ordinal).toBeLessThan(4096);
        if (decoded?.kind === 'base') expect(decoded.step).toBeLessThan(4096);
      }),
    );
  });
});
