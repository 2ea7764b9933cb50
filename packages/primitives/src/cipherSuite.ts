/**
 * What MLS needs of a platform's cryptography. In all of it: a wrong size of the caller's own keys and nonces is a
 * mistake and throws a RangeError; what comes from a peer never throws, but is answered with null or false. Inputs
 * are neither changed nor kept, and every output is a new array that belongs to the caller, who wipes secrets.
 */

/** A value or a promise of it: a provider is synchronous where its library is, and callers always `await`. */
export type Awaitable<T> = T | Promise<T>;

/** Hash function and HMAC over it. Outputs are `size` bytes. */
export interface Hash {
  readonly size: number;
  digest(data: Uint8Array): Uint8Array;
  hmac(key: Uint8Array, data: Uint8Array): Uint8Array;
}

/** A hash of what comes piece by piece. */
export interface RunningHash {
  update(data: Uint8Array): void;
  /** The digest of all of it; nothing may be called after it. */
  digest(): Uint8Array;
}

/** HKDF (RFC 5869) over the suite's hash. */
export interface Kdf {
  readonly size: number;
  extract(salt: Uint8Array, inputKey: Uint8Array): Uint8Array;
  /** `lengthBytes` at most 255 × size; a RangeError above. */
  expand(pseudorandomKey: Uint8Array, info: Uint8Array, lengthBytes: number): Uint8Array;
  /** `expand` for several outputs of one key, each of at most `size` bytes: the key is taken in once. */
  expandEach(
    pseudorandomKey: Uint8Array,
    infos: readonly Uint8Array[],
    lengthsBytes: readonly number[],
  ): Uint8Array[];
}

/** AEAD (RFC 5116). The tag is the end of the ciphertext. */
export interface Aead {
  readonly keySize: number;
  readonly nonceSize: number;
  readonly tagSize: number;
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Awaitable<Uint8Array>;
  /** Null where the ciphertext does not open under this key, nonce and aad. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
  ): Awaitable<Uint8Array | null>;
}

/**
 * A private signature key as a provider holds it: never the bytes at this level, so that it may be a
 * non-extractable WebCrypto key. The public key goes with it.
 */
export interface SigningKey {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Awaitable<Uint8Array>;
}

/** Signature scheme of the suite (Ed25519, RFC 8032). */
export interface Signature {
  readonly publicKeySize: number;
  readonly signatureSize: number;
  /** A fresh seed (private key, 32 bytes) for `importKey`. */
  generateSeed(): Uint8Array;
  importKey(seed: Uint8Array): Awaitable<SigningKey>;
  /**
   * False for any malformed key or signature; never throws on input. All providers give the same answer for the
   * same bytes (see `hasEd25519Form`), so that no signature can divide a group.
   */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Awaitable<boolean>;
}

/** HPKE base mode (RFC 9180) with the suite's KEM, KDF and AEAD. Keys are in their serialised form. */
export interface Hpke {
  readonly publicKeySize: number;
  readonly privateKeySize: number;
  /** Size of the encapsulated key (`enc`). */
  readonly encapsulationSize: number;
  /** RFC 9180 §4 DeriveKeyPair. */
  deriveKeyPair(inputKey: Uint8Array): Awaitable<HpkeKeyPair>;
  generateKeyPair(): Awaitable<HpkeKeyPair>;
  /** False where `publicKey` cannot be one of this KEM: size, low order, coefficients above the modulus. */
  isPublicKey(publicKey: Uint8Array): Awaitable<boolean>;
  /** A RangeError where `isPublicKey` denies `publicKey`: keys from peers are checked when they arrive. */
  seal(
    publicKey: Uint8Array,
    info: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
  ): Awaitable<HpkeCiphertext>;
  /** Null where it does not open, whatever the reason. */
  open(
    privateKey: Uint8Array,
    enc: Uint8Array,
    info: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
  ): Awaitable<Uint8Array | null>;
  /** Sender side of the export-only use (RFC 9420 §8.3 external init). Throws as `seal` does. */
  sealExport(
    publicKey: Uint8Array,
    info: Uint8Array,
    exporterContext: Uint8Array,
    lengthBytes: number,
  ): Awaitable<{ enc: Uint8Array; secret: Uint8Array }>;
  /**
   * Receiver side; null where `enc` is malformed. An `enc` made for another key yields another secret.
   */
  openExport(
    privateKey: Uint8Array,
    enc: Uint8Array,
    info: Uint8Array,
    exporterContext: Uint8Array,
    lengthBytes: number,
  ): Awaitable<Uint8Array | null>;
}

export interface HpkeKeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export interface HpkeCiphertext {
  readonly enc: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** Everything an MLS cipher suite (RFC 9420 §5.1) is made of, from one provider. */
export interface CipherSuite {
  readonly id: SuiteId;
  readonly name: string;
  readonly hash: Hash;
  readonly kdf: Kdf;
  readonly aead: Aead;
  readonly signature: Signature;
  readonly hpke: Hpke;
  randomBytes(lengthBytes: number): Uint8Array;
}

/** The suites this package offers. */
export const suiteIds = {
  /** MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, for interoperation. */
  x25519Aes128: 0x0001,
  /** MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519, classical. */
  x25519ChaCha20: 0x0003,
  /**
   * MLS_128_MLKEM768X25519_CHACHA20POLY1305_SHA256_Ed25519, hybrid post-quantum. A private-use number: it is the first
   * suite of draft-ietf-mls-pq-ciphersuites-06 with ChaCha20-Poly1305 in place of AES-128-GCM, and the draft registers
   * none with Ed25519 and ChaCha20-Poly1305 (see spec/primitives.md).
   */
  hybridChaCha20: 0xf0fe,
} as const;
export type SuiteId = (typeof suiteIds)[keyof typeof suiteIds];
