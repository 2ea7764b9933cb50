/**
 * The link part of a sticker pack (spec/attachments.md, "Sticker packs"): key (32) ‖ blob id (32) ‖ size (8), base64url. Whoever
 * has it can fetch the pack and open it. Invariant: what is parsed names a size that a pack can have.
 */
import { attachmentKeySizeBytes } from '@sotto/crypto';
import type { BlobSource } from '../attachments/blobSource.ts';
import { packSizeLimit } from './packFile.ts';

const blobIdSizeBytes = 32;
const sizeAt = attachmentKeySizeBytes + blobIdSizeBytes;
const linkPattern = /^[A-Za-z0-9_-]{96}$/;

export function formatPackLink({ key, blobId, sizeBytes }: Omit<BlobSource, 'conversation'>): string {
  const bytes = new Uint8Array(sizeAt + 8);
  bytes.set(key, 0);
  bytes.set(Uint8Array.fromHex(blobId), attachmentKeySizeBytes);
  new DataView(bytes.buffer).setBigUint64(sizeAt, BigInt(sizeBytes));
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** Null where it is none. */
export function parsePackLink(link: string): BlobSource | null {
  if (!linkPattern.test(link)) return null;
  const bytes = Uint8Array.fromBase64(link, { alphabet: 'base64url' });
  const size = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(sizeAt);
  if (size === 0n || size > BigInt(packSizeLimit)) return null;
  const key = bytes.slice(0, attachmentKeySizeBytes);
  const blobId = bytes.subarray(attachmentKeySizeBytes, sizeAt).toHex();
  return { conversation: null, key, blobId, sizeBytes: Number(size) };
}
