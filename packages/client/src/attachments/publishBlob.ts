/**
 * Seals something small in memory and publishes it at the server: whoever is told its key and blob id can open it
 * (spec/server.md, "Blobs"). What breaks off is to be done again from the beginning; the server forgets the upload.
 */
import { attachmentChunkSizeBytes, attachmentKeySizeBytes, createAttachmentCipher } from '@sotto/crypto';
import { limits, Connection as Methods, type WireError } from '@sotto/protocol';
import type { AttachmentFault } from '../apiMedia.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { BlobTransport } from '../ports.ts';
import type { BlobSource } from './blobSource.ts';

export type PublishedBlob = Omit<BlobSource, 'conversation'>;

export async function publishBlob(
  { provider, connection }: DeviceContext,
  transport: BlobTransport,
  content: Uint8Array,
  signal: AbortSignal,
): Promise<PublishedBlob | AttachmentFault> {
  const key = provider.randomBytes(attachmentKeySizeBytes);
  const cipher = createAttachmentCipher(provider, key, content.length);
  const sealed = new Uint8Array(cipher.sealedSizeBytes);
  for (let index = 0; index < cipher.chunkCount; index++) {
    const at = index * attachmentChunkSizeBytes;
    const chunk = content.subarray(at, at + cipher.contentSizeOf(index));
    sealed.set(cipher.seal(index, chunk), cipher.placeOf(index).start);
  }
  cipher.erase();
  const hash = provider.beginSha256();
  hash.update(sealed);
  const blobId = hash.digest();
  const begun = await connection.call(Methods.method.beginUpload, { sizeBytes: BigInt(sealed.length) });
  if (begun.kind !== 'answer') return faultOf(begun);
  const { ticket } = begun.value;
  for (let offset = 0; offset < sealed.length; ) {
    const end = Math.min(offset + limits.blobPartSizeBytes, sealed.length);
    const sent = await transport.upload(ticket, offset, sealed.slice(offset, end), signal);
    if (sent.kind !== 'offset' || sent.offset !== end) {
      await connection.call(Methods.method.cancelUpload, { ticket });
      return sent.kind === 'error' ? faultOf(sent) : 'offline';
    }
    offset = end;
  }
  const finished = await connection.call(Methods.method.finishUpload, { ticket, blobId, published: true });
  if (finished.kind !== 'answer') return faultOf(finished);
  return { blobId: blobId.toHex(), key, sizeBytes: content.length };
}

function faultOf(result: { kind: 'lost' } | { kind: 'error'; error: WireError }): AttachmentFault {
  if (result.kind === 'lost') return 'offline';
  switch (result.error.code) {
    case 'quota_exceeded':
      return 'quotaFull';
    case 'too_large':
      return 'tooLarge';
    case 'blob_mismatch':
      return 'damaged';
    default:
      return 'offline';
  }
}
