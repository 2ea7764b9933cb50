import type { BlobId } from '../store/blobRecords.ts';

const blobIdSizeBytes = 32;

/** Null where it is none. */
export function blobIdFrom(bytes: Uint8Array): BlobId | null {
  return bytes.length === blobIdSizeBytes ? (bytes.toHex() as BlobId) : null;
}

/** Null where one is none, or is there twice. */
export function blobIdsFrom(list: readonly Uint8Array[]): BlobId[] | null {
  const ids = list.map(blobIdFrom).filter((id) => id !== null);
  return new Set(ids).size === list.length ? ids : null;
}
