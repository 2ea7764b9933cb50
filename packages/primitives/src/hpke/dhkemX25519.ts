/** DHKEM(X25519, HKDF-SHA256), KEM 0x0020: RFC 9180 §4.1 and §7.1. Results of low order are refused. */
import type { Kdf } from '../cipherSuite.ts';
import { concatBytes } from '../concatBytes.ts';
import type { X25519 } from '../keyAgreement.ts';
import { randomBytes } from '../randomBytes.ts';
import { requireSize } from '../requireSize.ts';
import { wipe } from '../wipe.ts';
import { isX25519PublicKey } from '../x25519PublicKey.ts';
import type { Kem } from './kem.ts';
import { createLabeledKdf, encodeSuiteId } from './labeledKdf.ts';

const size = 32;
const empty = new Uint8Array(0);

export function createDhkemX25519(x25519: X25519, hkdfSha256: Kdf): Kem {
  const id = 0x0020;
  const labeled = createLabeledKdf(hkdfSha256, encodeSuiteId('KEM', id));

  function extractAndExpand(agreed: Uint8Array, kemContext: Uint8Array): Uint8Array {
    const key = labeled.extract(empty, 'eae_prk', agreed);
    const sharedSecret = labeled.expand(key, 'shared_secret', kemContext, size);
    wipe(agreed, key);
    return sharedSecret;
  }

  return {
    id,
    publicKeySize: size,
    privateKeySize: size,
    encapsulationSize: size,
    deriveKeyPair(inputKey) {
      const key = labeled.extract(empty, 'dkp_prk', inputKey);
      const privateKey = labeled.expand(key, 'sk', empty, size);
      wipe(key);
      return { privateKey, publicKey: x25519.publicKey(privateKey) };
    },
    generateKeyPair() {
      const privateKey = randomBytes(size);
      return { privateKey, publicKey: x25519.publicKey(privateKey) };
    },
    isPublicKey: isX25519PublicKey,
    encapsulate(publicKey) {
      if (!isX25519PublicKey(publicKey)) return null;
      const agreement = x25519.agreeFresh(publicKey);
      if (agreement === null) return null;
      const enc = agreement.publicKey;
      return { enc, sharedSecret: extractAndExpand(agreement.secret, concatBytes(enc, publicKey)) };
    },
    decapsulate(privateKey, enc) {
      requireSize('X25519 private key', privateKey, size);
      if (enc.length !== size) return null;
      const agreement = x25519.agree(privateKey, enc);
      if (agreement === null) return null;
      return extractAndExpand(agreement.secret, concatBytes(enc, agreement.publicKey));
    },
  };
}
