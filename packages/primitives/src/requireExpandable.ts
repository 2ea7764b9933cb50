/** Throws a RangeError where HKDF-Expand cannot give so many bytes (RFC 5869 §2.3). */
export function requireExpandable(lengthBytes: number, hashSize: number): void {
  if (!Number.isInteger(lengthBytes) || lengthBytes < 0 || lengthBytes > 255 * hashSize) {
    throw new RangeError(`HKDF output must be 0 to ${255 * hashSize} bytes`);
  }
}

/** Throws a RangeError unless there is a length of at most one block for each info. */
export function requireOneBlockEach(
  infos: readonly Uint8Array[],
  lengthsBytes: readonly number[],
  hashSize: number,
): void {
  if (lengthsBytes.length !== infos.length) throw new RangeError('One length for each info');
  for (const lengthBytes of lengthsBytes) {
    if (!Number.isInteger(lengthBytes) || lengthBytes < 0 || lengthBytes > hashSize) {
      throw new RangeError(`Each output must be 0 to ${hashSize} bytes`);
    }
  }
}
