/** The test vectors of spec/attachments.md: see specVectors.ts. */
import { concatBytes, type Provider } from '@sotto/primitives';
import { createAttachmentCipher } from '../attachment/attachmentCipher.ts';
import {
  attachmentChunkCount,
  attachmentChunkSizeBytes,
  maxAttachmentSizeBytes,
  paddedAttachmentSize,
  sealedAttachmentSize,
} from '../attachment/sealedSize.ts';
import { labelled, u64Bytes } from '../labels.ts';

const sizes = [0, 1, 256, 257, 1_000, 65_536, 65_537, 1_000_000, 123_456_789, maxAttachmentSizeBytes];

/** Byte `i` of `contents` of the large file is `i` modulo 251. */
export function attachmentVectors(provider: Provider) {
  const key = new Uint8Array(32).fill(0x77);
  return {
    sizes: sizes.map((size) => ({
      size,
      padded: paddedAttachmentSize(size),
      chunks: attachmentChunkCount(size),
      sealed: sealedAttachmentSize(size),
    })),
    small: smallFile(provider, key, new TextEncoder().encode('content')),
    large: largeFile(provider, key, 2 * attachmentChunkSizeBytes + 1_000),
  };
}

function smallFile(provider: Provider, key: Uint8Array, contents: Uint8Array) {
  const sealed = concatBytes(...sealAll(provider, key, contents));
  return {
    key: key.toHex(),
    contents: contents.toHex(),
    fileKey: fileKeyOf(provider, key, contents.length).toHex(),
    sealed: sealed.toHex(),
    blobId: provider.sha256(sealed).toHex(),
  };
}

function largeFile(provider: Provider, key: Uint8Array, size: number) {
  const contents = Uint8Array.from({ length: size }, (_, at) => at % 251);
  const chunks = sealAll(provider, key, contents);
  return {
    key: key.toHex(),
    size,
    fileKey: fileKeyOf(provider, key, size).toHex(),
    chunks: chunks.map((chunk) => ({
      size: chunk.length,
      tag: chunk.subarray(-16).toHex(),
      hash: provider.sha256(chunk).toHex(),
    })),
    blobId: provider.sha256(concatBytes(...chunks)).toHex(),
  };
}

function fileKeyOf(provider: Provider, key: Uint8Array, size: number): Uint8Array {
  return provider.hkdf.expand(key, labelled('attachment', u64Bytes(BigInt(size))), 32);
}

function sealAll(provider: Provider, key: Uint8Array, contents: Uint8Array): Uint8Array[] {
  const cipher = createAttachmentCipher(provider, key, contents.length);
  return Array.from({ length: cipher.chunkCount }, (_, index) => {
    const from = index * attachmentChunkSizeBytes;
    return cipher.seal(index, contents.subarray(from, from + cipher.contentSizeOf(index)));
  });
}
