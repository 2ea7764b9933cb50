/**
 * Padding (spec/envelope.md, "Padding"): PADMÉ (Nikitin et al. 2019) with a floor of 256 bytes, so that a size
 * says little of what was written. A padded text is its length (4 bytes), the text, and zeros.
 */

const floorSizeBytes = 256;
const lengthSizeBytes = 4;

/** The padded size for `sizeBytes`, at most 12 % more above the floor. Sizes below 2^31. */
export function padmeSize(sizeBytes: number): number {
  if (sizeBytes <= floorSizeBytes) return floorSizeBytes;
  const exponent = 31 - Math.clz32(sizeBytes);
  const significantBits = 32 - Math.clz32(exponent);
  const mask = 2 ** (exponent - significantBits) - 1;
  return (sizeBytes + mask) & ~mask;
}

/** `text` with its length before it and zeros behind. */
export function pad(text: Uint8Array): Uint8Array {
  const padded = new Uint8Array(padmeSize(lengthSizeBytes + text.length));
  new DataView(padded.buffer).setUint32(0, text.length);
  padded.set(text, lengthSizeBytes);
  return padded;
}

/** The text in `padded` (a view of it), or null where it is not exactly what `pad` makes. */
export function unpad(padded: Uint8Array): Uint8Array | null {
  if (padded.length < floorSizeBytes) return null;
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  const end = lengthSizeBytes + length;
  if (end > padded.length || padmeSize(end) !== padded.length) return null;
  for (let at = end; at < padded.length; at++) if (padded[at] !== 0) return null;
  return padded.subarray(lengthSizeBytes, end);
}
