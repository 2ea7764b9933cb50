import wrappers from 'libsodium-wrappers-sumo';

/**
 * The raw functions of the libsodium WASM module that are used here. The wrapper's own type declarations
 * leave the module out. Every pointer is an offset into `HEAPU8`, 0 is null, and a 64-bit length is passed
 * as its low and its high half. A function returns 0 on success.
 */
export interface SodiumModule {
  /** The module's memory; another object after it has grown. */
  readonly HEAPU8: Uint8Array;
  _malloc(sizeBytes: number): number;
  _free(pointer: number): void;

  _crypto_hash_sha256(out: number, input: number, length: number, lengthHigh: number): number;
  _crypto_hash_sha256_statebytes(): number;
  _crypto_hash_sha256_init(state: number): number;
  _crypto_hash_sha256_update(state: number, input: number, length: number, lengthHigh: number): number;
  _crypto_hash_sha256_final(state: number, out: number): number;
  _crypto_hash_sha512(out: number, input: number, length: number, lengthHigh: number): number;
  _crypto_hash_sha3256(out: number, input: number, length: number, lengthHigh: number): number;
  _crypto_xof_shake256(
    out: number,
    outLength: number,
    input: number,
    length: number,
    lengthHigh: number,
  ): number;

  _crypto_auth_hmacsha256: HmacOneShot;
  _crypto_auth_hmacsha256_init: HmacInit;
  _crypto_auth_hmacsha256_update: HmacUpdate;
  _crypto_auth_hmacsha256_final: HmacFinal;
  _crypto_auth_hmacsha256_statebytes(): number;
  _crypto_auth_hmacsha512: HmacOneShot;
  _crypto_auth_hmacsha512_init: HmacInit;
  _crypto_auth_hmacsha512_update: HmacUpdate;
  _crypto_auth_hmacsha512_final: HmacFinal;
  _crypto_auth_hmacsha512_statebytes(): number;

  _crypto_aead_chacha20poly1305_ietf_encrypt: AeadEncrypt;
  _crypto_aead_chacha20poly1305_ietf_decrypt: AeadDecrypt;
  _crypto_aead_xchacha20poly1305_ietf_encrypt: AeadEncrypt;
  _crypto_aead_xchacha20poly1305_ietf_decrypt: AeadDecrypt;

  _crypto_scalarmult_base(publicKey: number, privateKey: number): number;
  /** Not 0 where the result is all zero. */
  _crypto_scalarmult(shared: number, privateKey: number, publicKey: number): number;

  _crypto_sign_seed_keypair(publicKey: number, secretKey: number, seed: number): number;
  _crypto_sign_detached(
    signature: number,
    signatureLength: number,
    message: number,
    length: number,
    lengthHigh: number,
    secretKey: number,
  ): number;
  _crypto_sign_verify_detached(
    signature: number,
    message: number,
    length: number,
    lengthHigh: number,
    publicKey: number,
  ): number;

  _crypto_kem_mlkem768_secretkeybytes(): number;
  _crypto_kem_mlkem768_seed_keypair(publicKey: number, secretKey: number, seed: number): number;
  _crypto_kem_mlkem768_enc(ciphertext: number, sharedSecret: number, publicKey: number): number;
  _crypto_kem_mlkem768_dec(sharedSecret: number, ciphertext: number, secretKey: number): number;
}

export type HmacOneShot = (
  out: number,
  input: number,
  length: number,
  lengthHigh: number,
  key: number,
) => number;
export type HmacInit = (state: number, key: number, keyLength: number) => number;
export type HmacUpdate = (state: number, input: number, length: number, lengthHigh: number) => number;
export type HmacFinal = (state: number, out: number) => number;
export type AeadEncrypt = (
  ciphertext: number,
  ciphertextLength: number,
  message: number,
  messageLength: number,
  messageLengthHigh: number,
  aad: number,
  aadLength: number,
  aadLengthHigh: number,
  secretNonce: number,
  nonce: number,
  key: number,
) => number;
export type AeadDecrypt = (
  message: number,
  messageLength: number,
  secretNonce: number,
  ciphertext: number,
  ciphertextLength: number,
  ciphertextLengthHigh: number,
  aad: number,
  aadLength: number,
  aadLengthHigh: number,
  nonce: number,
  key: number,
) => number;

/** The initialised module. The wrapper object carries it, though its declarations do not say so. */
export async function loadSodiumModule(): Promise<SodiumModule> {
  await wrappers.ready;
  return (wrappers as unknown as { readonly libsodium: SodiumModule }).libsodium;
}
