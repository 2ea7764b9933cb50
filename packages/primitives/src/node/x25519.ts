import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { BoundedCache } from '../boundedCache.ts';
import type { KeyAgreement, X25519 } from '../keyAgreement.ts';
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
  return asBytes(createPublicKey(key).export({ format: 'raw-public' }));
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

  function agree(privateKey: KeyObject, peer: KeyObject): KeyAgreement | null {
    const secret = agreedSecret(privateKey, peer);
    return secret === null ? null : { publicKey: exportPublicKey(privateKey), secret };
  }

  return {
    publicKey: (privateKey) => exportPublicKey(importPrivateKey(privateKey)),
    // The peer's key is an ephemeral one here, so it is not cached.
    agree(privateKey, peerPublicKey) {
      requireSize('X25519 public key', peerPublicKey, 32);
      return agree(importPrivateKey(privateKey), importPublicKey(peerPublicKey));
    },
    agreeFresh(peerPublicKey) {
      requireSize('X25519 public key', peerPublicKey, 32);
      return agree(generateKeyPairSync('x25519').privateKey, publicKeys.get(peerPublicKey));
    },
  };
}
