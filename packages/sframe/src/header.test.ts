import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeHeader, encodeHeader, maxHeaderBytes } from './header.ts';

const integers = fc.oneof(
  fc.bigInt({ min: 0n, max: 16n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.integer({ min: 1, max: 8 }).map((size) => 2n ** BigInt(8 * size) - 1n),
);

it('decodes what it encodes, and nothing of what follows', () => {
  fc.assert(
    fc.property(integers, integers, fc.uint8Array({ maxLength: 20 }), (kid, counter, rest) => {
      const header = encodeHeader(kid, counter);
      expect(header.length).toBeLessThanOrEqual(maxHeaderBytes);
      const decoded = decodeHeader(new Uint8Array([...header, ...rest]));
      expect(decoded).toEqual({ kid, counter, size: header.length });
    }),
  );
});

it('refuses every header that is cut short', () => {
  fc.assert(
    fc.property(integers, integers, (kid, counter) => {
      const header = encodeHeader(kid, counter);
      for (let size = 0; size < header.length; size++)
        expect(decodeHeader(header.subarray(0, size))).toBeNull();
    }),
  );
});

it('reads any bytes, and writes the same integers shortest', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 17, maxLength: 17 }), (bytes) => {
      const { kid, counter, size } = decodeHeader(bytes)!;
      const shortest = encodeHeader(kid, counter);
      expect(shortest.length).toBeLessThanOrEqual(size);
      expect(decodeHeader(shortest)).toEqual({ kid, counter, size: shortest.length });
    }),
  );
});

it('takes no integers of more than 8 bytes', () => {
  for (const value of [-1n, 2n ** 64n]) {
    expect(() => encodeHeader(value, 0n)).toThrow(RangeError);
    expect(() => encodeHeader(0n, value)).toThrow(RangeError);
  }
});
