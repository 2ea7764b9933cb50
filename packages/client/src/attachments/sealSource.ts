/** Seals what the user picked into a local file. Invariant: no more than two pieces of it are in memory. */
import {
  attachmentChunkSizeBytes,
  createAttachmentCipher,
  type Provider,
  sealedAttachmentChunkSizeBytes,
} from '@sotto/crypto';
import type { LocalFile } from '../ports.ts';

/** Chunks read, sealed and written at once. */
const chunksPerPiece = 32;

/** What was picked can no longer be read: it changed, or its device is gone. */
export class SourceGone extends Error {
  override readonly name = 'SourceGone';
}

/**
 * Writes the ciphertext of `source` from the beginning of `file`, durably, and gives its SHA-256. `told` is called with how
 * many bytes of the ciphertext are written.
 *
 * @throws SourceGone, LocalFileError
 */
export async function sealSource(
  provider: Provider,
  source: Blob,
  key: Uint8Array,
  file: LocalFile,
  told: (doneBytes: number) => void,
): Promise<string> {
  const cipher = createAttachmentCipher(provider, key, source.size);
  const hash = provider.beginSha256();
  const read = (from: number): Promise<Uint8Array> =>
    readSource(source, from * attachmentChunkSizeBytes, chunksPerPiece * attachmentChunkSizeBytes);
  try {
    let next = read(0);
    for (let from = 0; from < cipher.chunkCount; from += chunksPerPiece) {
      const content = await next;
      const to = Math.min(from + chunksPerPiece, cipher.chunkCount);
      if (to < cipher.chunkCount) next = read(to);
      const start = from * sealedAttachmentChunkSizeBytes;
      const piece = new Uint8Array(cipher.placeOf(to - 1).end - start);
      for (let index = from; index < to; index++) {
        const at = (index - from) * attachmentChunkSizeBytes;
        const sealed = cipher.seal(index, content.subarray(at, at + cipher.contentSizeOf(index)));
        piece.set(sealed, cipher.placeOf(index).start - start);
      }
      hash.update(piece);
      await file.write(start, piece);
      told(start + piece.length);
    }
    await file.flush();
  } finally {
    cipher.erase();
  }
  return hash.digest().toHex();
}

async function readSource(source: Blob, from: number, sizeBytes: number): Promise<Uint8Array> {
  const part = source.slice(from, from + sizeBytes);
  try {
    return new Uint8Array(await part.arrayBuffer());
  } catch {
    throw new SourceGone('What was picked cannot be read any more');
  }
}
