import type { BlobId, UploadId } from '../store/blobRecords.ts';

/**
 * Where the bytes of blobs are (spec/server.md §Blobs), with a conformance suite (`blobStoreConformance.ts`). What
 * there is and who may have it, `BlobRecords` knows. Nobody calls two methods for one upload, or `keep` and `delete`
 * for one blob, at once. Rejections are `StoreUnavailable`.
 */
export interface BlobStore {
  /** Bytes of the upload that are there: 0 where nothing came yet. */
  sizeOf(uploadId: UploadId): Promise<number>;
  /**
   * Appends what `body` gives at `offset`, which is `sizeOf`; the size then. Where `body` throws, so does this, and
   * what came before may be there or not: `sizeOf` says. Never holds more than a few pieces of `body` in memory.
   */
  append(uploadId: UploadId, offset: number, body: AsyncIterable<Uint8Array>): Promise<number>;
  /** SHA-256 of all bytes of the upload. */
  hash(uploadId: UploadId): Promise<Uint8Array>;
  /** Makes the upload the blob `blobId`, for good, and lets go of the upload. May be repeated when it was cut short. */
  keep(uploadId: UploadId, blobId: BlobId): Promise<void>;
  /** Deletes the bytes of an upload, where there are any. */
  drop(uploadId: UploadId): Promise<void>;
  /**
   * Bytes `start` to `end`, both included and within the blob; null where it is not there. A piece may be used only
   * until the next one is asked for. Whoever does not read to the end calls `return`.
   */
  read(blobId: BlobId, start: number, end: number): Promise<AsyncGenerator<Uint8Array, void> | null>;
  /** Deletes a blob, where it is there. */
  delete(blobId: BlobId): Promise<void>;
  /** Everything whose bytes are there. What comes or goes meanwhile may be among them or not. */
  uploads(): AsyncIterable<UploadId>;
  blobs(): AsyncIterable<BlobId>;
}
