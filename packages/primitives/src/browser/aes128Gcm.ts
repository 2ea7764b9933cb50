import type { Aead } from '../cipherSuite.ts';
import { requireSize } from '../requireSize.ts';
import { bufferSource } from './bufferSource.ts';

const keySize = 16;
const nonceSize = 12;
const tagSize = 16;

function parameters(nonce: Uint8Array, aad: Uint8Array): AesGcmParams {
  return {
    name: 'AES-GCM',
    iv: bufferSource(nonce),
    additionalData: bufferSource(aad),
    tagLength: 8 * tagSize,
  };
}

function importKey(key: Uint8Array, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bufferSource(key), 'AES-GCM', false, [usage]);
}

/** AES-128-GCM with Web Crypto. */
export const webAes128Gcm: Aead = {
  keySize,
  nonceSize,
  tagSize,
  async seal(key, nonce, aad, plaintext) {
    requireSize('AEAD key', key, keySize);
    requireSize('AEAD nonce', nonce, nonceSize);
    const imported = await importKey(key, 'encrypt');
    return new Uint8Array(
      await crypto.subtle.encrypt(parameters(nonce, aad), imported, bufferSource(plaintext)),
    );
  },
  async open(key, nonce, aad, ciphertext) {
    requireSize('AEAD key', key, keySize);
    requireSize('AEAD nonce', nonce, nonceSize);
    if (ciphertext.length < tagSize) return null;
    const imported = await importKey(key, 'decrypt');
    try {
      return new Uint8Array(
        await crypto.subtle.decrypt(parameters(nonce, aad), imported, bufferSource(ciphertext)),
      );
    } catch {
      return null;
    }
  },
};
