import { x25519 } from '@noble/curves/ed25519.js';
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBrowserProvider } from '../browser/index.ts';
import { type HpkeKeyPair, suiteIds } from '../cipherSuite.ts';
import { loadNodeProvider } from '../node/index.ts';
import type { Provider } from '../provider.ts';
import { createNobleReference } from './nobleReference.ts';

const noble = createNobleReference();
let providers: readonly Provider[] = [];

beforeAll(async () => {
  providers = [
    // With sodium-native where it is installed, and without.
    await loadNodeProvider(),
    await loadNodeProvider({ sodiumNative: 'avoid' }),
    await loadBrowserProvider(),
    await loadBrowserProvider({ webCrypto: 'avoid' }),
    noble,
  ];
});

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.uint8Array({ minLength: 1000, maxLength: 5000 }),
);

const longKey = fc.uint8Array({ minLength: 64, maxLength: 300 });

/** Everybody's answer must be the reference's. */
async function expectAgreement(ask: (provider: Provider) => unknown): Promise<void> {
  const expected = await ask(noble);
  for (const provider of providers) {
    expect(await ask(provider), provider.name).toEqual(expected);
  }
}

describe('all providers and noble agree on', () => {
  it('hashes and MACs of any data under keys of any size', async () => {
    await fc.assert(
      fc.asyncProperty(anyBytes, anyBytes, fc.integer({ min: 0, max: 700 }), (key, data, lengthBytes) =>
        expectAgreement((p) => [
          p.sha256(data),
          p.sha512(data),
          p.sha3_256(data),
          p.shake256(data, lengthBytes),
          p.hmacSha256(key, data),
          p.hmacSha512(key, data),
        ]),
      ),
      { numRuns: 60 },
    );
  });

  it('HKDF for any key, info and length', async () => {
    await fc.assert(
      fc.asyncProperty(longKey, anyBytes, fc.integer({ min: 0, max: 400 }), (key, info, lengthBytes) =>
        expectAgreement((p) =>
          [p.hkdf, p.hkdfSha512].flatMap((kdf) => [
            kdf.extract(info, key),
            kdf.expand(kdf.extract(info, key), info, lengthBytes),
            // RFC 5869 §2.3: a pseudorandom key is at least as long as the hash, and may be longer.
            kdf.expand(key, info, lengthBytes),
          ]),
        ),
      ),
      { numRuns: 60 },
    );
  });

  it('AEADs: ciphertexts, and what opens', async () => {
    const aeads = ['chacha20Poly1305', 'xchacha20Poly1305', 'aes128Gcm'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...aeads),
        bytes(32),
        bytes(24),
        anyBytes,
        anyBytes,
        fc.nat(),
        (name, keyBytes, nonceBytes, aad, plaintext, position) =>
          expectAgreement(async (p) => {
            const aead = p[name];
            const key = keyBytes.subarray(0, aead.keySize);
            const nonce = nonceBytes.subarray(0, aead.nonceSize);
            const ciphertext = await aead.seal(key, nonce, aad, plaintext);
            const changed = ciphertext.slice();
            changed[position % changed.length]! ^= 0x10;
            return [
              ciphertext,
              await aead.open(key, nonce, aad, ciphertext),
              await aead.open(key, nonce, aad, changed),
            ];
          }),
      ),
      { numRuns: 60 },
    );
  });

  it('Ed25519 keys and signatures, true and false', async () => {
    await fc.assert(
      fc.asyncProperty(bytes(32), anyBytes, fc.nat(511), (seed, message, bit) =>
        expectAgreement(async (p) => {
          const key = await p.ed25519.importKey(seed);
          const signature = await key.sign(message);
          const changed = signature.slice();
          changed[bit >> 3]! ^= 1 << (bit & 7);
          return [
            key.publicKey,
            signature,
            await p.ed25519.verify(key.publicKey, message, signature),
            await p.ed25519.verify(key.publicKey, message, changed),
          ];
        }),
      ),
      { numRuns: 40 },
    );
  });

  it('X25519 and ML-KEM-768 keys and secrets', async () => {
    await fc.assert(
      fc.asyncProperty(bytes(32), bytes(32), bytes(64), bytes(1088), (own, peer, seed, ciphertext) =>
        expectAgreement(async (p) => [
          p.x25519.publicKey(own),
          p.x25519.agree(own, x25519.getPublicKey(peer)),
          await p.mlKem768.publicKey(seed),
          await p.mlKem768.decapsulate(seed, ciphertext),
        ]),
      ),
      { numRuns: 20 },
    );
  });

  it('the key pairs of HPKE derived from any input', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 100 }), (inputKey) =>
        expectAgreement((p) =>
          Promise.all(
            Object.values(suiteIds).map(
              async (id): Promise<HpkeKeyPair> => p.suite(id).hpke.deriveKeyPair(inputKey),
            ),
          ),
        ),
      ),
      { numRuns: 20 },
    );
  });

  it('HPKE: each opens what each other seals and exports', async () => {
    const info = new TextEncoder().encode('info');
    const aad = new TextEncoder().encode('aad');
    const plaintext = new TextEncoder().encode('plaintext');
    for (const id of Object.values(suiteIds)) {
      for (const receiver of providers) {
        const { hpke } = receiver.suite(id);
        const { privateKey, publicKey } = await hpke.generateKeyPair();
        for (const sender of providers) {
          const pair = `${sender.name} to ${receiver.name}, suite ${id}`;
          const theirs = sender.suite(id).hpke;
          expect(await theirs.isPublicKey(publicKey), pair).toBe(true);
          const { enc, ciphertext } = await theirs.seal(publicKey, info, aad, plaintext);
          expect(await hpke.open(privateKey, enc, info, aad, ciphertext), pair).toEqual(plaintext);
          const exported = await theirs.sealExport(publicKey, info, aad, 48);
          expect(await hpke.openExport(privateKey, exported.enc, info, aad, 48), pair).toEqual(
            exported.secret,
          );
        }
      }
    }
  });
});

describe('the hybrid KEM', () => {
  it("has the key pairs of noble's X-Wing", async () => {
    for (const provider of providers) {
      const { privateKey, publicKey } = await provider.hpke.generateKeyPair();
      expect(publicKey).toEqual(ml_kem768_x25519.keygen(privateKey).publicKey);
    }
  });
});
