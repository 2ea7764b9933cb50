/**
 * A provider that remembers the keys that pass through it, for the blindness check, and whose random bytes come
 * from the seed, so that a replay repeats ids and choices. Keys that a library draws for itself stay random.
 */
import { type Aead, type CipherSuite, type Provider, type SuiteId, suiteIds } from '@sotto/primitives';
import type { Secret } from '../checkers/checkBlindness.ts';
import type { SeededRandom } from './seededRandom.ts';

/** Of 32 or 64 random bytes that no observed function has used as a key yet. */
export const randomKeyName = 'random key';

export interface ObservedProvider {
  readonly provider: Provider;
  /** Every key seen so far, once. */
  secrets(): Secret[];
}

export function observeProvider(inner: Provider, random: SeededRandom): ObservedProvider {
  const secrets = new Map<string, Secret>();
  const remember = (name: string, bytes: Uint8Array) => {
    const key = bytes.toHex();
    // What was drawn at random gets a better name from its use.
    if ((secrets.get(key)?.name ?? randomKeyName) === randomKeyName)
      secrets.set(key, { name, bytes: bytes.slice() });
  };
  const drawn = (lengthBytes: number) => {
    const bytes = random.bytes(lengthBytes);
    // Ids (16 bytes) and nonces (24, 12, 4) are public; what is drawn with 32 bytes is a key.
    if (lengthBytes === 32 || lengthBytes === 64) remember(randomKeyName, bytes);
    return bytes;
  };
  function observeAead<A extends Aead>(aead: A, name: string): A {
    return {
      ...aead,
      seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array) {
        remember(`${name} key`, key);
        return aead.seal(key, nonce, aad, plaintext);
      },
      open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array) {
        remember(`${name} key`, key);
        return aead.open(key, nonce, aad, ciphertext);
      },
    };
  }
  /** Signatures found good, by their bytes: every member of a group checks the same ones, in this one process. */
  const verified = new Map<string, { readonly publicKey: Uint8Array; readonly message: Uint8Array }[]>();
  async function verify(publicKey: Uint8Array, message: Uint8Array, signed: Uint8Array): Promise<boolean> {
    const key = Buffer.from(signed).toString('latin1');
    const same = verified
      .get(key)
      ?.some((known) => equal(known.publicKey, publicKey) && equal(known.message, message));
    if (same) return true;
    if (!(await inner.ed25519.verify(publicKey, message, signed))) return false;
    const known = { publicKey: publicKey.slice(), message: message.slice() };
    verified.set(key, [...(verified.get(key) ?? []), known]);
    return true;
  }
  const signature = {
    ...inner.ed25519,
    verify,
    generateSeed: () => drawn(32),
    importKey(seed: Uint8Array) {
      remember('signature seed', seed);
      return inner.ed25519.importKey(seed);
    },
  };
  function observeSuite(suite: CipherSuite): CipherSuite {
    return {
      ...suite,
      aead: observeAead(suite.aead, 'AEAD'),
      signature,
      randomBytes: drawn,
      hpke: {
        ...suite.hpke,
        open(privateKey, enc, info, aad, ciphertext) {
          remember('HPKE private key', privateKey);
          return suite.hpke.open(privateKey, enc, info, aad, ciphertext);
        },
        deriveKeyPair(inputKey) {
          remember('HPKE input key', inputKey);
          return suite.hpke.deriveKeyPair(inputKey);
        },
      },
    };
  }
  const suites = new Map<SuiteId, CipherSuite>();
  for (const id of Object.values(suiteIds)) suites.set(id, observeSuite(inner.suite(id)));

  const provider: Provider = {
    ...inner,
    suite: (id) => suites.get(id) ?? inner.suite(id),
    chacha20Poly1305: observeAead(inner.chacha20Poly1305, 'ChaCha20-Poly1305'),
    xchacha20Poly1305: observeAead(inner.xchacha20Poly1305, 'XChaCha20-Poly1305'),
    ed25519: signature,
    randomBytes: drawn,
  };
  return {
    provider,
    secrets: () => [...secrets.values()],
  };
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
