/** Throws a RangeError where HKDF-Expand cannot give so many bytes (RFC 5869 §2.3). */
export function requireExpandable(lengthBytes: number, hashSize: number): void {
  if (!Number.isInteger(lengthBytes) || lengthBytes < 0 || lengthBytes > 255 * hashSize) {
    throw new RangeError(`HKDF output must be 0 to ${255 * hashSize} bytes`);
  }
}
