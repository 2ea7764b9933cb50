import { createCipheriv, createDecipheriv } from 'node:crypto';
import { requireSize } from '../requireSize.ts';
import type { SyncAead } from '../sodium/aeads.ts';

const algorithm = 'aes-128-gcm';
const keySize = 16;
const nonceSize = 12;
const tagSize = 16;

/** AES-128-GCM with OpenSSL. */
export const nodeAes128Gcm: SyncAead = {
  keySize,
  nonceSize,
  tagSize,
  seal(key, nonce, aad, plaintext) {
    requireSize('AEAD key', key, keySize);
    requireSize('AEAD nonce', nonce, nonceSize);
    const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagSize });
    cipher.setAAD(aad);
    const ciphertext = new Uint8Array(plaintext.length + tagSize);
    ciphertext.set(cipher.update(plaintext));
    cipher.final();
    ciphertext.set(cipher.getAuthTag(), plaintext.length);
    return ciphertext;
  },
  open(key, nonce, aad, ciphertext) {
    requireSize('AEAD key', key, keySize);
    requireSize('AEAD nonce', nonce, nonceSize);
    const length = ciphertext.length - tagSize;
    if (length < 0) return null;
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagSize });
    decipher.setAAD(aad);
    decipher.setAuthTag(ciphertext.subarray(length));
    const unchecked = decipher.update(ciphertext.subarray(0, length));
    try {
      decipher.final();
      return new Uint8Array(unchecked);
    } catch {
      return null;
    } finally {
      unchecked.fill(0);
    }
  },
};
