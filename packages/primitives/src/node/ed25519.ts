import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { BoundedCache } from '../boundedCache.ts';
import type { Signature } from '../cipherSuite.ts';
import { ed25519Sizes, hasEd25519Form } from '../ed25519Form.ts';
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
    publicKeySize: ed25519Sizes.publicKey,
    signatureSize: ed25519Sizes.signature,
    generateSeed: () => randomBytes(ed25519Sizes.seed),
    importKey(seed) {
      requireSize('Ed25519 seed', seed, ed25519Sizes.seed);
      const key = createPrivateKey({ key: seed, format: 'raw-private', asymmetricKeyType: 'ed25519' });
      const publicKey = asBytes(createPublicKey(key).export({ format: 'raw-public' }));
      return { publicKey, sign: (message) => asBytes(sign(null, message, key)) };
    },
    verify(publicKey, message, signature) {
      if (!hasEd25519Form(publicKey, signature)) return false;
      return verify(null, message, publicKeys.get(publicKey), signature);
    },
  };
}
