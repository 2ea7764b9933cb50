import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pad, padmeSize, unpad } from './padding.ts';

describe('padding', () => {
  it('has the sizes of PADM\u00c9 above the floor', () => {
    const known = [
      [0, 256],
      [256, 256],
      [257, 272],
      [272, 272],
      [273, 288],
      [1000, 1024],
      [1025, 1088],
      [65_537, 67_584],
    ];
    for (const [size, padded] of known) expect(padmeSize(size!)).toBe(padded);
  });

  it('costs at most 12 % above the floor, never shrinks, and is stable', () => {
    fc.assert(
      fc.property(fc.integer({ min: 256, max: 2 ** 30 }), (size) => {
        const padded = padmeSize(size);
        expect(padded).toBeGreaterThanOrEqual(size);
        expect(padded).toBeLessThanOrEqual(size * 1.12);
        expect(padmeSize(padded)).toBe(padded);
        expect(padmeSize(size + 1)).toBeGreaterThanOrEqual(padded);
      }),
    );
  });

  it('gives back what was padded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (text) => {
        expect(unpad(pad(text))).toEqual(text);
      }),
    );
  });

  it('has one form only', () => {
    const text = new Uint8Array(310).fill(1);
    const padded = pad(text);
    const longer = new Uint8Array(padmeSize(padded.length + 1));
    longer.set(padded);
    const dirty = padded.slice();
    dirty[padded.length - 1] = 1;
    const beyond = padded.slice();
    beyond[0] = 0xff;
    for (const bad of [longer, dirty, beyond, padded.slice(0, -1), new Uint8Array(0), new Uint8Array(255)]) {
      expect(unpad(bad)).toBeNull();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        const read = unpad(bytes);
        expect(read === null || pad(read).toHex() === bytes.toHex()).toBe(true);
      }),
    );
  });
});
