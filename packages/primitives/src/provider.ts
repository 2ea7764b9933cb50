import type { Aead, CipherSuite, Hash, Hpke, Kdf, RunningHash, Signature, SuiteId } from './cipherSuite.ts';
import type { MlKem768, X25519 } from './keyAgreement.ts';
import type { SyncAead } from './sodium/aeads.ts';

/**
 * All cryptography of one platform: the MLS cipher suites, and the primitives that protocols beside MLS are
 * made of. Every provider gives the same results for the same input, byte for byte, and refuses the same.
 */
export interface Provider {
  readonly name: string;
  readonly suites: readonly SuiteId[];
  supports(id: number): id is SuiteId;
  /** Throws a RangeError for a suite that `supports` denies. */
  suite(id: SuiteId): CipherSuite;

  sha256(data: Uint8Array): Uint8Array;
  /** Of what does not fit into memory. */
  beginSha256(): RunningHash;
  sha512(data: Uint8Array): Uint8Array;
  sha3_256(data: Uint8Array): Uint8Array;
  shake256(data: Uint8Array, lengthBytes: number): Uint8Array;
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  hmacSha512(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** HKDF-SHA256 (RFC 5869). */
  readonly hkdf: Kdf;
  readonly hkdfSha512: Kdf;
  /** RFC 8439; 12-byte nonce. */
  readonly chacha20Poly1305: SyncAead;
  /** 24-byte nonce, which may be random. */
  readonly xchacha20Poly1305: SyncAead;
  readonly aes128Gcm: Aead;
  readonly ed25519: Signature;
  readonly x25519: X25519;
  readonly mlKem768: MlKem768;
  /** HPKE of the hybrid suite: MLKEM768-X25519, HKDF-SHA256, ChaCha20-Poly1305. */
  readonly hpke: Hpke;
  randomBytes(lengthBytes: number): Uint8Array;
  /** Constant time in the contents. */
  equalBytes(left: Uint8Array, right: Uint8Array): boolean;
}

/** What a platform brings; `createProvider` makes the rest of it. */
export interface ProviderParts {
  readonly name: string;
  readonly sha256: Hash;
  beginSha256(): RunningHash;
  readonly sha512: Hash;
  sha3_256(data: Uint8Array): Uint8Array;
  shake256(data: Uint8Array, lengthBytes: number): Uint8Array;
  readonly hkdfSha256: Kdf;
  readonly hkdfSha512: Kdf;
  readonly chacha20Poly1305: SyncAead;
  readonly xchacha20Poly1305: SyncAead;
  readonly aes128Gcm: Aead;
  readonly ed25519: Signature;
  readonly x25519: X25519;
  readonly mlKem768: MlKem768;
}
