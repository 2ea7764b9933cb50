import type { Awaitable, HpkeKeyPair } from '../cipherSuite.ts';

/** A key encapsulation mechanism as HPKE uses it (RFC 9180 §4). Keys are in their serialised form. */
export interface Kem {
  /** The number in the HPKE KEM registry. */
  readonly id: number;
  readonly publicKeySize: number;
  readonly privateKeySize: number;
  readonly encapsulationSize: number;
  deriveKeyPair(inputKey: Uint8Array): Awaitable<HpkeKeyPair>;
  generateKeyPair(): Awaitable<HpkeKeyPair>;
  isPublicKey(publicKey: Uint8Array): boolean;
  /** Null where the public key is not one. */
  encapsulate(publicKey: Uint8Array): Awaitable<Encapsulation | null>;
  /** Null where `enc` is malformed. */
  decapsulate(privateKey: Uint8Array, enc: Uint8Array): Awaitable<Uint8Array | null>;
}

export interface Encapsulation {
  readonly enc: Uint8Array;
  /** Secret: the caller wipes it. */
  readonly sharedSecret: Uint8Array;
}
