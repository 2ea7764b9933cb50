/**
 * Sizes of sealed attachments (spec/attachments.md, "Sealed form"). Invariant: everything about where a byte stands follows
 * from the size of the plaintext, which the key is bound to.
 */

/** Plaintext of every chunk but the last, padding counted in. */
export const attachmentChunkSizeBytes = 64 * 1024;
const attachmentTagSizeBytes = 16;
export const sealedAttachmentChunkSizeBytes = attachmentChunkSizeBytes + attachmentTagSizeBytes;
export const maxAttachmentSizeBytes = 2 ** 31;
const floorSizeBytes = 256;

/** PADMÉ (spec/envelope.md, "Padding") for sizes up to `maxAttachmentSizeBytes`: at most 12 % more, 3 % for large files. */
export function paddedAttachmentSize(sizeBytes: number): number {
  if (sizeBytes <= floorSizeBytes) return floorSizeBytes;
  const exponent = Math.floor(Math.log2(sizeBytes));
  const significantBits = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** (exponent - significantBits);
  return Math.ceil(sizeBytes / step) * step;
}

export function attachmentChunkCount(sizeBytes: number): number {
  return Math.ceil(paddedAttachmentSize(sizeBytes) / attachmentChunkSizeBytes);
}

/** Bytes of the whole ciphertext, which is what the server stores. */
export function sealedAttachmentSize(sizeBytes: number): number {
  return paddedAttachmentSize(sizeBytes) + attachmentChunkCount(sizeBytes) * attachmentTagSizeBytes;
}
