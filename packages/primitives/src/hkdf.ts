import type { Hash, Kdf } from './cipherSuite.ts';
import { wipe } from './wipe.ts';

/** HKDF (RFC 5869) over any HMAC. */
export function createHkdf(hash: Hash): Kdf {
  const { size } = hash;
  return {
    size,
    extract: (salt, inputKey) => hash.hmac(salt, inputKey),
    expand(pseudorandomKey, info, lengthBytes) {
      requireExpandable(lengthBytes, size);
      const output = new Uint8Array(lengthBytes);
      // T(i) ‖ info ‖ i, with T(0) empty.
      const block = new Uint8Array(size + info.length + 1);
      block.set(info, size);
      for (let offset = 0, counter = 1; offset < lengthBytes; offset += size, counter++) {
        block[block.length - 1] = counter;
        const step = hash.hmac(pseudorandomKey, counter === 1 ? block.subarray(size) : block);
        output.set(step.subarray(0, lengthBytes - offset), offset);
        block.set(step);
        wipe(step);
      }
      wipe(block);
      return output;
    },
  };
}

/** Throws a RangeError where HKDF-Expand cannot give so many bytes (RFC 5869 §2.3). */
export function requireExpandable(lengthBytes: number, hashSize: number): void {
  if (!Number.isInteger(lengthBytes) || lengthBytes < 0 || lengthBytes > 255 * hashSize) {
    throw new RangeError(`HKDF output must be 0 to ${255 * hashSize} bytes`);
  }
}
