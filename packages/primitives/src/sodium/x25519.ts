import type { X25519 } from '../keyAgreement.ts';
import { randomBytes } from '../randomBytes.ts';
import { requireSize } from '../requireSize.ts';
import { wipe } from '../wipe.ts';
import type { Scratch } from './scratch.ts';
import type { SodiumModule } from './sodiumModule.ts';

const size = 32;

/** X25519 with libsodium. */
export function createSodiumX25519(module: SodiumModule, scratch: Scratch): X25519 {
  function publicKey(privateKey: Uint8Array): Uint8Array {
    requireSize('X25519 private key', privateKey, size);
    const base = scratch.begin(2 * size);
    scratch.put(base + size, privateKey);
    module._crypto_scalarmult_base(base, base + size);
    const bytes = scratch.take(base, size);
    scratch.end();
    return bytes;
  }

  function multiply(privateKey: Uint8Array, peerPublicKey: Uint8Array): Uint8Array | null {
    requireSize('X25519 private key', privateKey, size);
    requireSize('X25519 public key', peerPublicKey, size);
    const base = scratch.begin(3 * size);
    scratch.put(base + size, privateKey);
    scratch.put(base + 2 * size, peerPublicKey);
    const failed = module._crypto_scalarmult(base, base + size, base + 2 * size);
    const secret = failed === 0 ? scratch.take(base, size) : null;
    scratch.end();
    return secret;
  }

  const agree: X25519['agree'] = (privateKey, peerPublicKey) => {
    const secret = multiply(privateKey, peerPublicKey);
    return secret === null ? null : { publicKey: publicKey(privateKey), secret };
  };

  return {
    publicKey,
    agree,
    agreeFresh(peerPublicKey) {
      const privateKey = randomBytes(size);
      const agreement = agree(privateKey, peerPublicKey);
      wipe(privateKey);
      return agreement;
    },
  };
}
