import { isLowOrderMontgomery } from './lowOrderPoints.ts';

/** False for another size than 32 bytes and for points of low order, with which no secret can be agreed. */
export function isX25519PublicKey(publicKey: Uint8Array): boolean {
  return publicKey.length === 32 && !isLowOrderMontgomery(publicKey);
}
