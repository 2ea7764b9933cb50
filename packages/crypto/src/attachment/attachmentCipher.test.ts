/** Bad input of issue 5: truncated and swapped chunks, a wrong key, a wrong size. */
import { concatBytes } from '@sotto/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { padmeSize } from '../envelope/padding.ts';
import { flipBit, provider } from '../testing/account.ts';
import { createAttachmentCipher } from './attachmentCipher.ts';
import {
  attachmentChunkSizeBytes,
  maxAttachmentSizeBytes,
  paddedAttachmentSize,
  sealedAttachmentSize,
} from './sealedSize.ts';

const key = new Uint8Array(32).fill(7);

function seal(file: Uint8Array, withKey: Uint8Array = key): Uint8Array[] {
  const cipher = createAttachmentCipher(provider, withKey, file.length);
  return Array.from({ length: cipher.chunkCount }, (_, index) => {
    const from = index * attachmentChunkSizeBytes;
    return cipher.seal(index, file.subarray(from, from + cipher.contentSizeOf(index)));
  });
}

describe('a sealed attachment', () => {
  it('opens to what was sealed, chunk by chunk in any order, at the places it names', () => {
    const sizes = [0, 1, 255, 256, 257, attachmentChunkSizeBytes - 1, attachmentChunkSizeBytes];
    for (const size of [...sizes, attachmentChunkSizeBytes + 1, 5 * attachmentChunkSizeBytes + 7]) {
      const file = provider.randomBytes(size);
      const sealed = concatBytes(...seal(file));
      const cipher = createAttachmentCipher(provider, key, size);
      expect(sealed.length).toBe(cipher.sealedSizeBytes);
      expect(cipher.placeOf(cipher.chunkCount - 1).end).toBe(sealed.length);
      for (let index = cipher.chunkCount - 1; index >= 0; index--) {
        const { start, end } = cipher.placeOf(index);
        const from = index * attachmentChunkSizeBytes;
        const content = cipher.open(index, sealed.subarray(start, end));
        expect(content?.toHex()).toBe(file.subarray(from, from + attachmentChunkSizeBytes).toHex());
      }
    }
  });

  it('hides the exact size: padded as messages are, with little added', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 2 ** 27 }), (size) => {
        expect(paddedAttachmentSize(size)).toBe(padmeSize(size));
        expect(paddedAttachmentSize(size)).toBeLessThanOrEqual(Math.max(256, size * 1.12));
      }),
    );
    expect(paddedAttachmentSize(maxAttachmentSizeBytes)).toBe(maxAttachmentSizeBytes);
    expect(paddedAttachmentSize(maxAttachmentSizeBytes - 1)).toBe(maxAttachmentSizeBytes);
    expect(sealedAttachmentSize(maxAttachmentSizeBytes)).toBe(2 ** 31 + 2 ** 15 * 16);
  });

  it('opens no chunk at another place, of another file, cut, made longer, or with a bit flipped', () => {
    const file = provider.randomBytes(3 * attachmentChunkSizeBytes);
    const chunks = seal(file);
    const cipher = createAttachmentCipher(provider, key, file.length);
    const others = seal(file, flipBit(key, 3));
    for (const [at, chunk] of chunks.entries()) {
      for (let index = 0; index < cipher.chunkCount; index++) {
        if (index !== at) expect(cipher.open(index, chunk)).toBeNull();
      }
      expect(cipher.open(at, others[at]!)).toBeNull();
      expect(cipher.open(at, chunk.subarray(0, -1))).toBeNull();
      expect(cipher.open(at, chunk.subarray(1))).toBeNull();
      expect(cipher.open(at, new Uint8Array(0))).toBeNull();
      expect(cipher.open(at, concatBytes(chunk, Uint8Array.of(0)))).toBeNull();
    }
    fc.assert(
      fc.property(fc.nat(chunks[0]!.length * 8 - 1), (bit) => {
        expect(cipher.open(0, flipBit(chunks[0]!, bit))).toBeNull();
      }),
      { numRuns: 30 },
    );
  });

  it('opens nothing where the file is said to have another size, though its padded size is the same', () => {
    const file = provider.randomBytes(100_000);
    const chunks = seal(file);
    for (const size of [file.length - 1, file.length + 1, attachmentChunkSizeBytes, 4 * file.length]) {
      const cipher = createAttachmentCipher(provider, key, size);
      expect(cipher.open(0, chunks[0]!)).toBeNull();
      if (cipher.chunkCount > 1) expect(cipher.open(1, chunks[1]!)).toBeNull();
    }
    expect(sealedAttachmentSize(file.length - 1)).toBe(sealedAttachmentSize(file.length));
  });

  it('throws for what no caller may ask', () => {
    for (const size of [-1, 0.5, Number.NaN, maxAttachmentSizeBytes + 1]) {
      expect(() => createAttachmentCipher(provider, key, size)).toThrow(RangeError);
    }
    expect(() => createAttachmentCipher(provider, key.subarray(1), 5)).toThrow(RangeError);
    const cipher = createAttachmentCipher(provider, key, 5);
    for (const index of [-1, 1, 0.5]) expect(() => cipher.open(index, key)).toThrow(RangeError);
    expect(() => cipher.seal(0, new Uint8Array(4))).toThrow(RangeError);
  });
});
