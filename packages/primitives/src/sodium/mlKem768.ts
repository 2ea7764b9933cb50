import type { MlKem768, MlKemEncapsulation } from '../keyAgreement.ts';
import { isMlKem768PublicKey, mlKem768Sizes } from '../mlKem768PublicKey.ts';
import { requireSize } from '../requireSize.ts';
import type { Scratch } from './scratch.ts';
import type { SodiumModule } from './sodiumModule.ts';

const { publicKeySize, ciphertextSize, seedSize, sharedSecretSize } = mlKem768Sizes;

/** ML-KEM-768 that answers at once. */
export interface SyncMlKem768 extends MlKem768 {
  publicKey(seed: Uint8Array): Uint8Array;
  encapsulate(publicKey: Uint8Array): MlKemEncapsulation | null;
  decapsulate(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array | null;
}

/** ML-KEM-768 with libsodium. */
export function createSodiumMlKem768(module: SodiumModule, scratch: Scratch): SyncMlKem768 {
  const secretKeySize = module._crypto_kem_mlkem768_secretkeybytes();
  // Public key, secret key, seed, ciphertext, shared secret.
  const secretKeyAt = publicKeySize;
  const seedAt = secretKeyAt + secretKeySize;
  const ciphertextAt = seedAt + seedSize;
  const sharedSecretAt = ciphertextAt + ciphertextSize;
  const areaSize = sharedSecretAt + sharedSecretSize;

  /** Takes the scratch area and leaves both keys in it. */
  function beginWithKeys(seed: Uint8Array): number {
    requireSize('ML-KEM-768 seed', seed, seedSize);
    const base = scratch.begin(areaSize);
    scratch.put(base + seedAt, seed);
    module._crypto_kem_mlkem768_seed_keypair(base, base + secretKeyAt, base + seedAt);
    return base;
  }

  return {
    publicKey(seed) {
      const publicKey = scratch.take(beginWithKeys(seed), publicKeySize);
      scratch.end();
      return publicKey;
    },
    encapsulate(publicKey) {
      if (!isMlKem768PublicKey(publicKey)) return null;
      const base = scratch.begin(areaSize);
      scratch.put(base, publicKey);
      const failed = module._crypto_kem_mlkem768_enc(base + ciphertextAt, base + sharedSecretAt, base);
      const encapsulation =
        failed === 0
          ? {
              ciphertext: scratch.take(base + ciphertextAt, ciphertextSize),
              sharedSecret: scratch.take(base + sharedSecretAt, sharedSecretSize),
            }
          : null;
      scratch.end();
      return encapsulation;
    },
    decapsulate(seed, ciphertext) {
      if (ciphertext.length !== ciphertextSize) return null;
      const base = beginWithKeys(seed);
      scratch.put(base + ciphertextAt, ciphertext);
      const failed = module._crypto_kem_mlkem768_dec(
        base + sharedSecretAt,
        base + ciphertextAt,
        base + secretKeyAt,
      );
      const sharedSecret = failed === 0 ? scratch.take(base + sharedSecretAt, sharedSecretSize) : null;
      scratch.end();
      return sharedSecret;
    },
  };
}
