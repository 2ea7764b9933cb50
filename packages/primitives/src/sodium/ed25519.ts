import type { Signature } from '../cipherSuite.ts';
import { ed25519Sizes, hasEd25519Form } from '../ed25519Form.ts';
import { randomBytes } from '../randomBytes.ts';
import { requireSize } from '../requireSize.ts';
import { wipe } from '../wipe.ts';
import type { Scratch } from './scratch.ts';
import type { SodiumModule } from './sodiumModule.ts';

/** libsodium's form of a private key: seed ‖ public key. */
const secretKeySize = 64;
const { publicKey: publicKeySize, signature: signatureSize, seed: seedSize } = ed25519Sizes;

export interface SodiumEd25519 extends Signature {
  /** The public key of a seed. */
  publicKey(seed: Uint8Array): Uint8Array;
}

/** Ed25519 (RFC 8032) with libsodium. */
export function createSodiumEd25519(module: SodiumModule, scratch: Scratch): SodiumEd25519 {
  function expand(seed: Uint8Array): Uint8Array {
    requireSize('Ed25519 seed', seed, seedSize);
    const base = scratch.begin(publicKeySize + secretKeySize + seedSize);
    const secretKeyAt = base + publicKeySize;
    scratch.put(secretKeyAt + secretKeySize, seed);
    module._crypto_sign_seed_keypair(base, secretKeyAt, secretKeyAt + secretKeySize);
    const secretKey = scratch.take(secretKeyAt, secretKeySize);
    scratch.end();
    return secretKey;
  }

  function publicKey(seed: Uint8Array): Uint8Array {
    const secretKey = expand(seed);
    const bytes = secretKey.slice(seedSize);
    wipe(secretKey);
    return bytes;
  }

  return {
    publicKeySize,
    signatureSize,
    publicKey,
    generateSeed: () => randomBytes(seedSize),
    importKey(seed) {
      const secretKey = expand(seed);
      return {
        publicKey: secretKey.slice(seedSize),
        sign(message) {
          const base = scratch.begin(signatureSize + secretKeySize + message.length);
          const messageAt = base + signatureSize + secretKeySize;
          scratch.put(base + signatureSize, secretKey);
          scratch.put(messageAt, message);
          module._crypto_sign_detached(base, 0, messageAt, message.length, 0, base + signatureSize);
          const signature = scratch.take(base, signatureSize);
          scratch.end();
          return signature;
        },
      };
    },
    verify(key, message, signature) {
      if (!hasEd25519Form(key, signature)) return false;
      const base = scratch.begin(signatureSize + publicKeySize + message.length);
      const messageAt = base + signatureSize + publicKeySize;
      scratch.put(base, signature);
      scratch.put(base + signatureSize, key);
      scratch.put(messageAt, message);
      const failed = module._crypto_sign_verify_detached(
        base,
        messageAt,
        message.length,
        0,
        base + signatureSize,
      );
      scratch.end();
      return failed === 0;
    },
  };
}
