import type { Aead } from '../cipherSuite.ts';
import { requireSize } from '../requireSize.ts';
import { aligned, type Scratch } from './scratch.ts';
import type { AeadDecrypt, AeadEncrypt, SodiumModule } from './sodiumModule.ts';

const keySize = 32;
const tagSize = 16;

/** An AEAD that answers at once. */
export interface SyncAead extends Aead {
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array | null;
}

function createAead(
  scratch: Scratch,
  nonceSize: number,
  encrypt: AeadEncrypt,
  decrypt: AeadDecrypt,
): SyncAead {
  const nonceAt = keySize;
  const textAt = keySize + aligned(nonceSize);
  return {
    keySize,
    nonceSize,
    tagSize,
    seal(key, nonce, aad, plaintext) {
      requireSize('AEAD key', key, keySize);
      requireSize('AEAD nonce', nonce, nonceSize);
      const aadAt = textAt + aligned(plaintext.length + tagSize);
      const base = scratch.begin(aadAt + aad.length);
      const text = base + textAt;
      scratch.put(base, key);
      scratch.put(base + nonceAt, nonce);
      scratch.put(text, plaintext);
      scratch.put(base + aadAt, aad);
      encrypt(text, 0, text, plaintext.length, 0, base + aadAt, aad.length, 0, 0, base + nonceAt, base);
      const ciphertext = scratch.take(text, plaintext.length + tagSize);
      scratch.end();
      return ciphertext;
    },
    open(key, nonce, aad, ciphertext) {
      requireSize('AEAD key', key, keySize);
      requireSize('AEAD nonce', nonce, nonceSize);
      if (ciphertext.length < tagSize) return null;
      const aadAt = textAt + aligned(ciphertext.length);
      const base = scratch.begin(aadAt + aad.length);
      const text = base + textAt;
      scratch.put(base, key);
      scratch.put(base + nonceAt, nonce);
      scratch.put(text, ciphertext);
      scratch.put(base + aadAt, aad);
      const failed = decrypt(
        text,
        0,
        0,
        text,
        ciphertext.length,
        0,
        base + aadAt,
        aad.length,
        0,
        base + nonceAt,
        base,
      );
      const plaintext = failed === 0 ? scratch.take(text, ciphertext.length - tagSize) : null;
      scratch.end();
      return plaintext;
    },
  };
}

export interface SodiumAeads {
  /** RFC 8439. */
  readonly chacha20Poly1305: SyncAead;
  /** draft-irtf-cfrg-xchacha: the same with a 24-byte nonce, long enough to be random. */
  readonly xchacha20Poly1305: SyncAead;
}

export function createSodiumAeads(module: SodiumModule, scratch: Scratch): SodiumAeads {
  return {
    chacha20Poly1305: createAead(
      scratch,
      12,
      module._crypto_aead_chacha20poly1305_ietf_encrypt,
      module._crypto_aead_chacha20poly1305_ietf_decrypt,
    ),
    xchacha20Poly1305: createAead(
      scratch,
      24,
      module._crypto_aead_xchacha20poly1305_ietf_encrypt,
      module._crypto_aead_xchacha20poly1305_ietf_decrypt,
    ),
  };
}
