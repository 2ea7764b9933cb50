/**
 * MLKEM768-X25519, also called X-Wing: KEM 0x647a of draft-ietf-hpke-pq (text of April 2026, after -04; the
 * KEM itself is that of draft-connolly-cfrg-xwing-kem and draft-irtf-cfrg-concrete-hybrid-kems).
 *
 * The private key is a 32-byte seed. SHAKE256 expands it to the 64-byte seed of ML-KEM and the X25519 private
 * key. DeriveKeyPair is that of draft-ietf-hpke-pq: SHAKE256.LabeledDerive(ikm, "DeriveKeyPair", "", 32) with
 * suite_id "KEM" ‖ 0x647a; older X-Wing drafts (and libraries after them) took SHAKE256(ikm, 32) instead, so
 * their derived keys differ.
 *
 * Stricter than the draft: X25519 results of low order are refused.
 */

import { chain } from '../chain.ts';
import type { Awaitable, HpkeKeyPair } from '../cipherSuite.ts';
import { concatBytes } from '../concatBytes.ts';
import type { MlKem768, X25519 } from '../keyAgreement.ts';
import { isMlKem768PublicKey, mlKem768Sizes } from '../mlKem768PublicKey.ts';
import { randomBytes } from '../randomBytes.ts';
import { requireSize } from '../requireSize.ts';
import { wipe } from '../wipe.ts';
import { isX25519PublicKey } from '../x25519PublicKey.ts';
import type { Kem } from './kem.ts';
import { encodeSuiteId, encodeUint16 } from './labeledKdf.ts';

const seedSize = 32;
const x25519Size = 32;
const { publicKeySize: mlKemPublicKeySize, ciphertextSize, seedSize: mlKemSeedSize } = mlKem768Sizes;
const encoder = new TextEncoder();
/** The draft's label, the bytes 5c2e2f2f5e5c. */
const combinerLabel = encoder.encode('\\.//^\\');

export interface HybridKemParts {
  readonly mlKem768: MlKem768;
  readonly x25519: X25519;
  sha3_256(data: Uint8Array): Uint8Array;
  shake256(data: Uint8Array, lengthBytes: number): Uint8Array;
}

export function createHybridKem(parts: HybridKemParts): Kem {
  const { mlKem768, x25519, sha3_256, shake256 } = parts;
  const id = 0x647a;
  // "HPKE-v1" ‖ suite_id ‖ len(label) ‖ label ‖ L ‖ context (empty).
  const deriveSuffix = concatBytes(
    encoder.encode('HPKE-v1'),
    encodeSuiteId('KEM', id),
    encodeUint16('DeriveKeyPair'.length),
    encoder.encode('DeriveKeyPair'),
    encodeUint16(seedSize),
  );

  function combine(
    mlKemSecret: Uint8Array,
    agreed: Uint8Array,
    ephemeral: Uint8Array,
    recipient: Uint8Array,
  ): Uint8Array {
    const input = concatBytes(mlKemSecret, agreed, ephemeral, recipient, combinerLabel);
    const sharedSecret = sha3_256(input);
    wipe(input, mlKemSecret, agreed);
    return sharedSecret;
  }

  function keyPair(seed: Uint8Array): Awaitable<HpkeKeyPair> {
    const expanded = shake256(seed, mlKemSeedSize + x25519Size);
    const x25519PublicKey = x25519.publicKey(expanded.subarray(mlKemSeedSize));
    return chain(mlKem768.publicKey(expanded.subarray(0, mlKemSeedSize)), (mlKemPublicKey) => {
      wipe(expanded);
      return { privateKey: seed, publicKey: concatBytes(mlKemPublicKey, x25519PublicKey) };
    });
  }

  function isPublicKey(publicKey: Uint8Array): boolean {
    return (
      publicKey.length === mlKemPublicKeySize + x25519Size &&
      isX25519PublicKey(publicKey.subarray(mlKemPublicKeySize)) &&
      isMlKem768PublicKey(publicKey.subarray(0, mlKemPublicKeySize))
    );
  }

  return {
    id,
    publicKeySize: mlKemPublicKeySize + x25519Size,
    privateKeySize: seedSize,
    encapsulationSize: ciphertextSize + x25519Size,
    deriveKeyPair(inputKey) {
      const labeled = concatBytes(inputKey, deriveSuffix);
      const seed = shake256(labeled, seedSize);
      wipe(labeled);
      return keyPair(seed);
    },
    generateKeyPair: () => keyPair(randomBytes(seedSize)),
    isPublicKey,
    encapsulate(publicKey) {
      if (!isPublicKey(publicKey)) return null;
      const recipient = publicKey.subarray(mlKemPublicKeySize);
      const agreement = x25519.agreeFresh(recipient);
      if (agreement === null) return null;
      return chain(mlKem768.encapsulate(publicKey.subarray(0, mlKemPublicKeySize)), (encapsulation) => {
        if (encapsulation === null) return null;
        return {
          enc: concatBytes(encapsulation.ciphertext, agreement.publicKey),
          sharedSecret: combine(encapsulation.sharedSecret, agreement.secret, agreement.publicKey, recipient),
        };
      });
    },
    decapsulate(privateKey, enc) {
      requireSize('X-Wing private key', privateKey, seedSize);
      if (enc.length !== ciphertextSize + x25519Size) return null;
      const ephemeral = enc.subarray(ciphertextSize);
      const expanded = shake256(privateKey, mlKemSeedSize + x25519Size);
      const agreement = x25519.agree(expanded.subarray(mlKemSeedSize), ephemeral);
      if (agreement === null) {
        wipe(expanded);
        return null;
      }
      const decapsulated = mlKem768.decapsulate(
        expanded.subarray(0, mlKemSeedSize),
        enc.subarray(0, ciphertextSize),
      );
      return chain(decapsulated, (mlKemSecret) => {
        wipe(expanded);
        if (mlKemSecret === null) return null;
        return combine(mlKemSecret, agreement.secret, ephemeral, agreement.publicKey);
      });
    },
  };
}
