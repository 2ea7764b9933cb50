/** Sizes of ML-KEM-768 (FIPS 203 §8), in bytes. A seed is d ‖ z. */
export const mlKem768Sizes = {
  publicKeySize: 1184,
  ciphertextSize: 1088,
  seedSize: 64,
  sharedSecretSize: 32,
} as const;

const modulus = 3329;
/** Three polynomials of 256 coefficients, 12 bits each; the 32 bytes after them are free. */
const coefficientBytes = 1152;

/** The check of an encapsulation key (FIPS 203 §7.2): its size, and every coefficient below the modulus. */
export function isMlKem768PublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== mlKem768Sizes.publicKeySize) return false;
  for (let i = 0; i < coefficientBytes; i += 3) {
    const middle = publicKey[i + 1]!;
    if ((publicKey[i]! | ((middle & 0x0f) << 8)) >= modulus) return false;
    if (((middle >> 4) | (publicKey[i + 2]! << 4)) >= modulus) return false;
  }
  return true;
}
