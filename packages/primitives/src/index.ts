/**
 * Cipher suites of MLS and the primitives beside them, as contracts and as code common to all platforms. The
 * implementations are `@sotto/primitives/node` and `@sotto/primitives/browser`. See spec/primitives.md.
 */
export * from './cipherSuite.ts';
export { concatBytes } from './concatBytes.ts';
export { equalBytes } from './equalBytes.ts';
export type { KeyAgreement, MlKem768, MlKemEncapsulation, X25519 } from './keyAgreement.ts';
export type { Provider } from './provider.ts';
export { randomBytes } from './randomBytes.ts';
export type { SyncAead } from './sodium/aeads.ts';
export { wipe } from './wipe.ts';
export { isX25519PublicKey } from './x25519PublicKey.ts';
