/**
 * Sealed attachments (spec/attachments.md, "Sealed form"): STREAM over XChaCha20-Poly1305 as in sealedFile.ts, in chunks that
 * open by themselves, so that any part of a file can be read. The key is of this one file and bound to its size: no chunk
 * opens at another place, in another file, or where the file is said to be longer or shorter.
 */
import { type Provider, wipe } from '@sotto/primitives';
import { labelled, u64Bytes } from '../labels.ts';
import {
  attachmentChunkCount,
  attachmentChunkSizeBytes,
  maxAttachmentSizeBytes,
  paddedAttachmentSize,
  sealedAttachmentChunkSizeBytes,
  sealedAttachmentSize,
} from './sealedSize.ts';

export const attachmentKeySizeBytes = 32;
const nonceSizeBytes = 24;
const counterAt = 19;
const finalFlagAt = 23;
const none = new Uint8Array(0);

export interface AttachmentCipher {
  readonly sealedSizeBytes: number;
  readonly chunkCount: number;
  /** How many bytes of the file are in a chunk; none in one of padding alone. */
  contentSizeOf(index: number): number;
  /** Where a sealed chunk stands in the ciphertext; `end` is behind it. */
  placeOf(index: number): { readonly start: number; readonly end: number };
  /** `content`: exactly the file's bytes of this chunk; a RangeError otherwise. */
  seal(index: number, content: Uint8Array): Uint8Array;
  /** The file's bytes of a chunk, without the padding; null where these are not what was sealed at this place. */
  open(index: number, sealed: Uint8Array): Uint8Array | null;
  /** Erases the key; nothing may be called after it. */
  erase(): void;
}

/** `key`: 32 random bytes, for one file only. A RangeError for a key or size that cannot be. */
export function createAttachmentCipher(
  provider: Provider,
  key: Uint8Array,
  sizeBytes: number,
): AttachmentCipher {
  if (key.length !== attachmentKeySizeBytes) throw new RangeError('An attachment key has 32 bytes');
  if (!isAttachmentSize(sizeBytes)) throw new RangeError('No file can have this size');
  const aead = provider.xchacha20Poly1305;
  const fileKey = provider.hkdf.expand(key, labelled('attachment', u64Bytes(BigInt(sizeBytes))), 32);
  const chunkCount = attachmentChunkCount(sizeBytes);
  const paddedSizeBytes = paddedAttachmentSize(sizeBytes);
  const sealedSizeBytes = sealedAttachmentSize(sizeBytes);

  const contentSizeOf = (index: number): number =>
    Math.min(Math.max(sizeBytes - index * attachmentChunkSizeBytes, 0), attachmentChunkSizeBytes);
  const paddedSizeOf = (index: number): number =>
    Math.min(paddedSizeBytes - index * attachmentChunkSizeBytes, attachmentChunkSizeBytes);
  const placeOf = (index: number) => {
    if (!Number.isInteger(index) || index < 0 || index >= chunkCount) throw new RangeError('No such chunk');
    const start = index * sealedAttachmentChunkSizeBytes;
    return { start, end: Math.min(start + sealedAttachmentChunkSizeBytes, sealedSizeBytes) };
  };
  const nonceOf = (index: number): Uint8Array => {
    const nonce = new Uint8Array(nonceSizeBytes);
    new DataView(nonce.buffer).setUint32(counterAt, index);
    nonce[finalFlagAt] = index === chunkCount - 1 ? 1 : 0;
    return nonce;
  };

  return {
    sealedSizeBytes,
    chunkCount,
    contentSizeOf,
    placeOf,
    seal(index, content) {
      placeOf(index);
      if (content.length !== contentSizeOf(index)) throw new RangeError('A chunk of another size');
      const paddedSize = paddedSizeOf(index);
      if (content.length === paddedSize) return aead.seal(fileKey, nonceOf(index), none, content);
      const padded = new Uint8Array(paddedSize);
      padded.set(content);
      return aead.seal(fileKey, nonceOf(index), none, padded);
    },
    open(index, sealed) {
      const { start, end } = placeOf(index);
      if (sealed.length !== end - start) return null;
      return aead.open(fileKey, nonceOf(index), none, sealed)?.subarray(0, contentSizeOf(index)) ?? null;
    },
    erase: () => wipe(fileKey),
  };
}

export function isAttachmentSize(sizeBytes: number): boolean {
  return Number.isSafeInteger(sizeBytes) && sizeBytes >= 0 && sizeBytes <= maxAttachmentSizeBytes;
}
