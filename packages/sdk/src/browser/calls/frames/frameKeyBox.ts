/**
 * The receiver's side of HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM, on Web
 * Crypto alone, so that the frame worker stays small. The private key cannot be read, not even by the worker. The engine's
 * side is `hpke.seal` of @sotto/primitives.
 */
import { authenticate, expandBlock, join, text } from './hkdf.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const none = new Uint8Array(0);
const publicKeySize = 32;
const hashSize = 32;
const version = text('HPKE-v1');
const kemSuite = join(text('KEM'), Uint8Array.of(0x00, 0x20));
const hpkeSuite = join(text('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x01));
const infoLabel = text('Sotto 1 call frame key');
/** Far above every sealed key: enc, at most 44 bytes, tag. */
const maxSealedBytes = 1024;

export class FrameKeyBox {
  /** 32 bytes. */
  readonly publicKey: Bytes;
  readonly #privateKey: CryptoKey;

  constructor(publicKey: Bytes, privateKey: CryptoKey) {
    this.publicKey = publicKey;
    this.#privateKey = privateKey;
  }

  /** A fresh one. Null where this browser has no X25519. */
  static async create(): Promise<FrameKeyBox | null> {
    try {
      const pair = await crypto.subtle.generateKey('X25519', false, ['deriveBits']);
      if (!('privateKey' in pair)) return null;
      const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
      return new FrameKeyBox(publicKey, pair.privateKey);
    } catch {
      return null;
    }
  }

  /**
   * `sealed`: the encapsulated key (32 bytes) and the ciphertext, for the call with this id (16 bytes). Null where it does not
   * open, whatever the reason.
   */
  async open(callId: Uint8Array, sealed: Uint8Array): Promise<Bytes | null> {
    if (sealed.length < publicKeySize || sealed.length > maxSealedBytes) return null;
    const enc = sealed.slice(0, publicKeySize);
    try {
      const sharedSecret = await this.#decapsulate(enc);
      const context = join(
        Uint8Array.of(0),
        await extract(hpkeSuite, none, 'psk_id_hash', none),
        await extract(hpkeSuite, none, 'info_hash', join(infoLabel, callId)),
      );
      const secret = await extract(hpkeSuite, sharedSecret, 'secret', none);
      const rawKey = await expand(hpkeSuite, secret, 'key', context, 16);
      const iv = await expand(hpkeSuite, secret, 'base_nonce', context, 12);
      const key = await crypto.subtle.importKey('raw', rawKey, 'AES-GCM', false, ['decrypt']);
      const ciphertext = sealed.slice(publicKeySize);
      return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, ciphertext));
    } catch {
      return null;
    }
  }

  /** RFC 9180 §4.1. Web Crypto refuses results of low order. */
  async #decapsulate(enc: Bytes): Promise<Bytes> {
    const peer = await crypto.subtle.importKey('raw', enc, 'X25519', false, []);
    const agreed = await crypto.subtle.deriveBits({ name: 'X25519', public: peer }, this.#privateKey, 256);
    const prk = await extract(kemSuite, none, 'eae_prk', new Uint8Array(agreed));
    return expand(kemSuite, prk, 'shared_secret', join(enc, this.publicKey), hashSize);
  }
}

/** LabeledExtract (§4). An absent salt is a key of zeros, as HMAC pads it. */
function extract(suite: Bytes, salt: Bytes, label: string, inputKey: Bytes): Promise<Bytes> {
  const key = salt.length === 0 ? new Uint8Array(hashSize) : salt;
  return authenticate(key, join(version, suite, text(label), inputKey));
}

/** LabeledExpand (§4) of at most one block. */
async function expand(suite: Bytes, prk: Bytes, label: string, context: Bytes, size: number): Promise<Bytes> {
  const labeled = join(Uint8Array.of(0, size), version, suite, text(label), context);
  return (await expandBlock(prk, labeled)).slice(0, size);
}
