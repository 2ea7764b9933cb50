/** Key schedule and suites with node:crypto, synchronous. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { authenticated, initialCounter } from '../ctrHmac.ts';
import { joinBytes, keyLabel, saltLabel } from '../labels.ts';
import { requireKey } from '../requireKey.ts';
import { nonceSize, type SuiteId, type SuiteParameters, suiteParameters } from '../suites.ts';

export interface NodeCipher {
  /** Ciphertext and tag. */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array<ArrayBuffer> | null;
}

export interface NodeKey {
  readonly salt: Uint8Array;
  readonly cipher: NodeCipher;
}

/** Derives `sframe_key` and `sframe_salt` (RFC 9605 §4.4.2). */
export function deriveNodeKey(suiteId: SuiteId, kid: bigint, baseKey: Uint8Array): NodeKey {
  requireKey(kid, baseKey);
  const suite = suiteParameters(suiteId);
  const hash = suite.hash === 'SHA-256' ? 'sha256' : 'sha512';
  const derive = (info: Uint8Array, size: number) =>
    new Uint8Array(hkdfSync(hash, baseKey, new Uint8Array(0), info, size));
  const key = derive(keyLabel(suiteId, kid), suite.keySize);
  const cipher = suite.aead === 'gcm' ? gcm(suite, key) : ctrHmac(suite, key);
  return { salt: derive(saltLabel(suiteId, kid), nonceSize), cipher };
}

function gcm({ keySize, tagSize: authTagLength }: SuiteParameters, key: Uint8Array): NodeCipher {
  const name = keySize === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
  return {
    seal(nonce, aad, plaintext) {
      const cipher = createCipheriv(name, key, nonce, { authTagLength }).setAAD(aad);
      const encrypted = cipher.update(plaintext);
      cipher.final();
      return joinBytes(encrypted, cipher.getAuthTag());
    },
    open(nonce, aad, ciphertext) {
      const end = ciphertext.length - authTagLength;
      const decipher = createDecipheriv(name, key, nonce, { authTagLength })
        .setAAD(aad)
        .setAuthTag(ciphertext.subarray(end));
      const plaintext = decipher.update(ciphertext.subarray(0, end));
      try {
        decipher.final();
      } catch {
        return null;
      }
      return new Uint8Array(plaintext);
    },
  };
}

function ctrHmac({ aesKeySize, tagSize }: SuiteParameters, derived: Uint8Array): NodeCipher {
  const key = derived.subarray(0, aesKeySize);
  const macKey = derived.subarray(aesKeySize);
  // Counter mode is its own inverse.
  const apply = (nonce: Uint8Array, data: Uint8Array) =>
    createCipheriv('aes-128-ctr', key, initialCounter(nonce)).update(data);
  const tagOf = (nonce: Uint8Array, aad: Uint8Array, encrypted: Uint8Array) =>
    createHmac('sha256', macKey)
      .update(authenticated(tagSize, nonce, aad, encrypted))
      .digest()
      .subarray(0, tagSize);
  return {
    seal(nonce, aad, plaintext) {
      const encrypted = apply(nonce, plaintext);
      return joinBytes(encrypted, tagOf(nonce, aad, encrypted));
    },
    open(nonce, aad, ciphertext) {
      const encrypted = ciphertext.subarray(0, ciphertext.length - tagSize);
      const isAuthentic = timingSafeEqual(
        tagOf(nonce, aad, encrypted),
        ciphertext.subarray(encrypted.length),
      );
      return isAuthentic ? new Uint8Array(apply(nonce, encrypted)) : null;
    },
  };
}
