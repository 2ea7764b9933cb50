/** Key schedule and suites with Web Crypto. Keys of AES-GCM are never seen as bytes. */
import { authenticated, equalTags, initialCounter } from './ctrHmac.ts';
import { joinBytes, keyLabel, saltLabel } from './labels.ts';
import { requireKey } from './requireKey.ts';
import { nonceSize, type SuiteId, type SuiteParameters, suiteParameters } from './suites.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** One key of one suite. Web Crypto takes its inputs when it is called; they may change afterwards. */
export interface WebCipher {
  /** Ciphertext and tag. */
  seal(nonce: Bytes, aad: Bytes, plaintext: Uint8Array): Promise<Uint8Array>;
  open(nonce: Bytes, aad: Bytes, ciphertext: Uint8Array): Promise<Bytes | null>;
}

export interface WebKey {
  readonly salt: Uint8Array;
  readonly cipher: WebCipher;
}

/** Derives `sframe_key` and `sframe_salt` (RFC 9605 §4.4.2). */
export async function deriveWebKey(suiteId: SuiteId, kid: bigint, baseKey: Uint8Array): Promise<WebKey> {
  requireKey(kid, baseKey);
  const suite = suiteParameters(suiteId);
  const secret = await crypto.subtle.importKey('raw', buffered(baseKey), 'HKDF', false, [
    'deriveBits',
    'deriveKey',
  ]);
  const derivation = (info: Bytes) => ({ name: 'HKDF', hash: suite.hash, salt: new Uint8Array(0), info });
  const derive = async (info: Bytes, size: number) =>
    new Uint8Array(await crypto.subtle.deriveBits(derivation(info), secret, size * 8));
  const salt = await derive(saltLabel(suiteId, kid), nonceSize);
  const info = keyLabel(suiteId, kid);
  if (suite.aead === 'ctrHmac')
    return { salt, cipher: await importCtrHmac(suite, await derive(info, suite.keySize)) };
  const kind = { name: 'AES-GCM', length: suite.keySize * 8 };
  const key = await crypto.subtle.deriveKey(derivation(info), secret, kind, false, ['encrypt', 'decrypt']);
  return { salt, cipher: gcm(key) };
}

function gcm(key: CryptoKey): WebCipher {
  const parameters = (iv: Bytes, additionalData: Bytes) => ({ name: 'AES-GCM', iv, additionalData });
  return {
    seal: async (nonce, aad, plaintext) =>
      new Uint8Array(await crypto.subtle.encrypt(parameters(nonce, aad), key, buffered(plaintext))),
    open: (nonce, aad, ciphertext) =>
      crypto.subtle.decrypt(parameters(nonce, aad), key, buffered(ciphertext)).then(
        (plaintext) => new Uint8Array(plaintext),
        () => null,
      ),
  };
}

async function importCtrHmac(suite: SuiteParameters, derived: Bytes): Promise<WebCipher> {
  const { aesKeySize, hash, tagSize } = suite;
  const mac = { name: 'HMAC', hash };
  const key = await crypto.subtle.importKey('raw', derived.slice(0, aesKeySize), 'AES-CTR', false, [
    'encrypt',
  ]);
  const macKey = await crypto.subtle.importKey('raw', derived.slice(aesKeySize), mac, false, ['sign']);
  derived.fill(0);
  // Counter mode is its own inverse.
  const apply = async (nonce: Bytes, data: Uint8Array) =>
    new Uint8Array(
      await crypto.subtle.encrypt(
        { name: 'AES-CTR', counter: initialCounter(nonce), length: 32 },
        key,
        buffered(data),
      ),
    );
  const tagOf = async (nonce: Bytes, aad: Bytes, encrypted: Uint8Array) => {
    const full = await crypto.subtle.sign(mac, macKey, authenticated(tagSize, nonce, aad, encrypted));
    return new Uint8Array(full, 0, tagSize);
  };
  return {
    async seal(nonce, aad, plaintext) {
      const encrypted = await apply(nonce, plaintext);
      return joinBytes(encrypted, await tagOf(nonce, aad, encrypted));
    },
    async open(nonce, aad, ciphertext) {
      const copy = Uint8Array.from(ciphertext);
      const encrypted = copy.subarray(0, copy.length - tagSize);
      const tag = await tagOf(nonce, aad, encrypted);
      return equalTags(tag, copy.subarray(encrypted.length)) ? apply(nonce, encrypted) : null;
    },
  };
}

/** Web Crypto takes no views of shared memory; of those it is copied. */
function buffered(bytes: Uint8Array): Bytes {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : Uint8Array.from(bytes);
}
