import type { Awaitable } from './cipherSuite.ts';

/** X25519 (RFC 7748). Private and public keys and results are 32 bytes. */
export interface X25519 {
  publicKey(privateKey: Uint8Array): Uint8Array;
  /**
   * Agreement of `privateKey` with a peer, and the own public key. Null where the result is all zero: the
   * peer's key is of low order (RFC 7748 §6.1, RFC 9180 §7.1.4).
   */
  agree(privateKey: Uint8Array, peerPublicKey: Uint8Array): KeyAgreement | null;
  /** The same with a fresh private key, which is forgotten. */
  agreeFresh(peerPublicKey: Uint8Array): KeyAgreement | null;
}

export interface KeyAgreement {
  readonly publicKey: Uint8Array;
  /** Secret: the caller wipes it. */
  readonly secret: Uint8Array;
}

/** ML-KEM-768 (FIPS 203) with private keys as 64-byte seeds (d ‖ z). */
export interface MlKem768 {
  /** The encapsulation key (1,184 bytes) of a seed. */
  publicKey(seed: Uint8Array): Awaitable<Uint8Array>;
  /** Null where the key fails the checks of FIPS 203 §7.2. */
  encapsulate(publicKey: Uint8Array): Awaitable<MlKemEncapsulation | null>;
  /**
   * The shared secret (32 bytes); a ciphertext that was tampered with yields another secret (implicit
   * rejection). Null where the ciphertext is not 1,088 bytes.
   */
  decapsulate(seed: Uint8Array, ciphertext: Uint8Array): Awaitable<Uint8Array | null>;
}

export interface MlKemEncapsulation {
  readonly ciphertext: Uint8Array;
  /** Secret: the caller wipes it. */
  readonly sharedSecret: Uint8Array;
}
