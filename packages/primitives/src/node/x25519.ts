import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { BoundedCache } from '../boundedCache.ts';
import type { X25519 } from '../keyAgreement.ts';
import { requireSize } from '../requireSize.ts';
import { asBytes, asSecretBytes } from './asBytes.ts';

/** Leaf and init keys of some large groups; a key object takes about 1 kB. */
const cachedPublicKeys = 4096;

function importPrivateKey(key: Uint8Array): KeyObject {
  requireSize('X25519 private key', key, 32);
  return createPrivateKey({ key, format: 'raw-private', asymmetricKeyType: 'x25519' });
}

function importPublicKey(key: Uint8Array): KeyObject {
  return createPublicKey({ key, format: 'raw-public', asymmetricKeyType: 'x25519' });
}

function exportPublicKey(key: KeyObject): Uint8Array {
  return asBytes(key.export({ format: 'raw-public' }));
}

function publicKeyOf(privateKey: KeyObject): Uint8Array {
  return exportPublicKey(createPublicKey(privateKey));
}

/** OpenSSL fails on an all-zero result, and the refusal must not depend on that alone. */
function agreedSecret(privateKey: KeyObject, publicKey: KeyObject): Uint8Array | null {
  let secret: Buffer;
  try {
    secret = diffieHellman({ privateKey, publicKey });
  } catch {
    return null;
  }
  return secret.every((byte) => byte === 0) ? null : asSecretBytes(secret);
}

/** X25519 with OpenSSL. Private key objects are not kept: they could not be wiped. */
export function createNodeX25519(): X25519 {
  const publicKeys = new BoundedCache(cachedPublicKeys, importPublicKey);

  return {
    publicKey: (privateKey) => publicKeyOf(importPrivateKey(privateKey)),
    // The peer's key is an ephemeral one here, so it is not cached.
    agree(privateKey, peerPublicKey) {
      requireSize('X25519 public key', peerPublicKey, 32);
      const own = importPrivateKey(privateKey);
      const secret = agreedSecret(own, importPublicKey(peerPublicKey));
      return secret === null ? null : { publicKey: publicKeyOf(own), secret };
    },
    agreeFresh(peerPublicKey) {
      requireSize('X25519 public key', peerPublicKey, 32);
      const fresh = generateKeyPairSync('x25519');
      const secret = agreedSecret(fresh.privateKey, publicKeys.get(peerPublicKey));
      return secret === null ? null : { publicKey: exportPublicKey(fresh.publicKey), secret };
    },
  };
}
