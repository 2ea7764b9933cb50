/**
 * A third, independent implementation (@noble, in JavaScript) of what the providers get from libsodium, OpenSSL and
 * Web Crypto. For tests alone.
 */
import { gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import type { Hash, Kdf } from '../cipherSuite.ts';
import { createProvider } from '../createProvider.ts';
import type { Provider } from '../provider.ts';
import { randomBytes } from '../randomBytes.ts';
import { requireOneBlockEach } from '../requireExpandable.ts';
import type { SyncAead } from '../sodium/aeads.ts';

type NobleAead = (
  key: Uint8Array,
  nonce: Uint8Array,
  aad?: Uint8Array,
) => { encrypt(plaintext: Uint8Array): Uint8Array; decrypt(ciphertext: Uint8Array): Uint8Array };

function createHash(hash: typeof sha256 | typeof sha512): Hash {
  return {
    size: hash.outputLen,
    digest: (data) => hash(data),
    hmac: (key, data) => hmac(hash, key, data),
  };
}

function createKdf(hash: typeof sha256 | typeof sha512): Kdf {
  return {
    size: hash.outputLen,
    extract: (salt, inputKey) => extract(hash, inputKey, salt),
    expand: (key, info, lengthBytes) => expand(hash, key, info, lengthBytes),
    expandEach: (key, infos, lengthsBytes) => {
      requireOneBlockEach(infos, lengthsBytes, hash.outputLen);
      return infos.map((info, i) => expand(hash, key, info, lengthsBytes[i]!));
    },
  };
}

function createAead(cipher: NobleAead, keySize: number, nonceSize: number): SyncAead {
  return {
    keySize,
    nonceSize,
    tagSize: 16,
    seal: (key, nonce, aad, plaintext) => cipher(key, nonce, aad).encrypt(plaintext),
    open(key, nonce, aad, ciphertext) {
      try {
        return cipher(key, nonce, aad).decrypt(ciphertext);
      } catch {
        return null;
      }
    },
  };
}

export function createNobleReference(): Provider {
  const publicKey = (privateKey: Uint8Array) => x25519.getPublicKey(privateKey);
  const agree = (privateKey: Uint8Array, peer: Uint8Array) => ({
    publicKey: publicKey(privateKey),
    secret: x25519.getSharedSecret(privateKey, peer),
  });
  return createProvider({
    name: 'noble',
    sha256: createHash(sha256),
    beginSha256: () => {
      const hash = sha256.create();
      return { update: (data) => void hash.update(data), digest: () => hash.digest() };
    },
    sha512: createHash(sha512),
    hkdfSha256: createKdf(sha256),
    hkdfSha512: createKdf(sha512),
    sha3_256: (data) => sha3_256(data),
    shake256: (data, lengthBytes) => shake256(data, { dkLen: lengthBytes }),
    chacha20Poly1305: createAead(chacha20poly1305, 32, 12),
    xchacha20Poly1305: createAead(xchacha20poly1305, 32, 24),
    aes128Gcm: createAead(gcm, 16, 12),
    ed25519: {
      publicKeySize: 32,
      signatureSize: 64,
      generateSeed: () => randomBytes(32),
      importKey: (seed) => ({
        publicKey: ed25519.getPublicKey(seed),
        sign: (message) => ed25519.sign(message, seed),
      }),
      verify: (key, message, signature) => ed25519.verify(signature, message, key, { zip215: false }),
    },
    x25519: {
      publicKey,
      agree,
      agreeFresh: (peer) => agree(randomBytes(32), peer),
    },
    mlKem768: {
      publicKey: (seed) => ml_kem768.keygen(seed).publicKey,
      encapsulate(key) {
        const { cipherText, sharedSecret } = ml_kem768.encapsulate(key);
        return { ciphertext: cipherText, sharedSecret };
      },
      decapsulate: (seed, ciphertext) => ml_kem768.decapsulate(ciphertext, ml_kem768.keygen(seed).secretKey),
    },
  });
}
