import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { BoundedCache } from '../boundedCache.ts';
import type { Signature } from '../cipherSuite.ts';
import { randomBytes } from '../randomBytes.ts';
import { requireSize } from '../requireSize.ts';
import { asBytes } from './asBytes.ts';

/** Members of several large groups; a key object takes about 1 kB. */
const cachedPublicKeys = 4096;

/** Ed25519 (RFC 8032) with OpenSSL. */
export function createNodeEd25519(): Signature {
  const publicKeys = new BoundedCache(
    cachedPublicKeys,
    (key): KeyObject => createPublicKey({ key, format: 'raw-public', asymmetricKeyType: 'ed25519' }),
  );
  return {
    publicKeySize: 32,
    signatureSize: 64,
    generateSeed: () => randomBytes(32),
    importKey(seed) {
      requireSize('Ed25519 seed', seed, 32);
      const key = createPrivateKey({ key: seed, format: 'raw-private', asymmetricKeyType: 'ed25519' });
      const publicKey = asBytes(createPublicKey(key).export({ format: 'raw-public' }));
      return { publicKey, sign: (message) => asBytes(sign(null, message, key)) };
    },
    verify(publicKey, message, signature) {
      if (publicKey.length !== 32 || signature.length !== 64) return false;
      return verify(null, message, publicKeys.get(publicKey), signature);
    },
  };
}
