const sizeBytes = 32;

/** The u-coordinates of low order below 2^255 that occur (RFC 7748 §6.1; with the non-canonical ones). */
const lowOrder: readonly Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => Uint8Array.fromHex(hex));

/** False for another size than 32 bytes and for points of low order, with which no secret can be agreed. */
export function isX25519PublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== sizeBytes) return false;
  // The top bit is ignored, RFC 7748 §5.
  const last = publicKey[sizeBytes - 1]! & 0x7f;
  return !lowOrder.some(
    (point) =>
      point[sizeBytes - 1] === last && point.subarray(0, -1).every((byte, i) => byte === publicKey[i]),
  );
}
