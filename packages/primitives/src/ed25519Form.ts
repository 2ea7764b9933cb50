import { isLowOrderEdwards } from './lowOrderPoints.ts';

export const ed25519Sizes = { publicKey: 32, signature: 64, seed: 32 } as const;

/**
 * What every provider requires before its library verifies: sizes, a canonical public key, and neither the key
 * nor R of low order. RFC 8032 leaves these to the implementation and libraries differ; members of one group
 * must not, or a crafted signature would split it. What remains is the equation without cofactor and S below the
 * group order, on which the libraries used here agree.
 */
export function hasEd25519Form(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey.length === ed25519Sizes.publicKey &&
    signature.length === ed25519Sizes.signature &&
    isCanonical(publicKey) &&
    !isLowOrderEdwards(publicKey) &&
    !isLowOrderEdwards(signature)
  );
}

/** The y-coordinate, without the sign bit, is below p = 2^255 - 19. */
function isCanonical(point: Uint8Array): boolean {
  if ((point[31]! & 0x7f) !== 0x7f) return true;
  for (let i = 30; i > 0; i--) if (point[i] !== 0xff) return true;
  return point[0]! < 0xed;
}
