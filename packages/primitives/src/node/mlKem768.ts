import { createPrivateKey, createPublicKey, decapsulate, encapsulate, type KeyObject } from 'node:crypto';
import { BoundedCache } from '../boundedCache.ts';
import type { MlKem768 } from '../keyAgreement.ts';
import { isMlKem768PublicKey, mlKem768Sizes } from '../mlKem768PublicKey.ts';
import { requireSize } from '../requireSize.ts';
import type { SyncMlKem768 } from '../sodium/mlKem768.ts';
import { asBytes, asSecretBytes } from './asBytes.ts';

/** A key object with its expanded matrix takes about 20 kB. */
const cachedPublicKeys = 256;

function importSeed(seed: Uint8Array): KeyObject {
  requireSize('ML-KEM-768 seed', seed, mlKem768Sizes.seedSize);
  return createPrivateKey({ key: seed, format: 'raw-seed', asymmetricKeyType: 'ml-kem-768' });
}

/**
 * ML-KEM-768 with OpenSSL; public keys are made by libsodium, in half the time. Private key objects are not
 * kept: they could not be wiped.
 */
export function createNodeMlKem768(sodium: SyncMlKem768): MlKem768 {
  const publicKeys = new BoundedCache(
    cachedPublicKeys,
    (key): KeyObject => createPublicKey({ key, format: 'raw-public', asymmetricKeyType: 'ml-kem-768' }),
  );
  return {
    publicKey: sodium.publicKey,
    encapsulate(publicKey) {
      if (!isMlKem768PublicKey(publicKey)) return null;
      const { ciphertext, sharedKey } = encapsulate(publicKeys.get(publicKey));
      return { ciphertext: asBytes(ciphertext), sharedSecret: asSecretBytes(sharedKey) };
    },
    decapsulate(seed, ciphertext) {
      if (ciphertext.length !== mlKem768Sizes.ciphertextSize) return null;
      return asSecretBytes(decapsulate(importSeed(seed), ciphertext));
    },
  };
}
