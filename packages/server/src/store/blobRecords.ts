import type { AccountId, ConversationId } from '@sotto/protocol';
import type { Outcome } from '../outcome.ts';
import type { LogError, MemberDeviceId } from './store.ts';

/**
 * The part of the store port that knows what blobs there are, who uploaded them and which messages hold them
 * (spec/server.md §Blobs); their bytes are in a `BlobStore`. Invariant: a blob that is held or published, or that an
 * upload is about to become, is not given out by `claimDeletable`.
 */
export interface BlobRecords {
  /** Counts `sizeBytes` against the quota until the upload ends. */
  beginUpload(upload: NewUpload): Promise<Outcome<null, 'quota_exceeded' | 'too_many'>>;
  /** An upload that has not expired. */
  findUpload(uploadId: UploadId, nowMs: number): Promise<UploadRecord | null>;
  /** What was uploaded hashes to `blobId`. From here on its bytes may be kept under that name. */
  uploadVerified(uploadId: UploadId, blobId: BlobId): Promise<void>;
  /** Its bytes are kept as the blob: the upload ends, the account is its uploader, and may publish it for good. */
  uploadKept(uploadId: UploadId, nowMs: number, published: boolean): Promise<void>;
  dropUpload(uploadId: UploadId): Promise<void>;
  /** Uploads that expired, at most `maxCount`, and what blob they were to become or became. */
  listExpiredUploads(nowMs: number, maxCount: number): Promise<ExpiredUpload[]>;
  /** All whose bytes are not kept as a blob. */
  listUploads(): Promise<UploadId[]>;
  hasUpload(uploadId: UploadId): Promise<boolean>;

  /** Those of `blobIds` that are published, that the account uploaded, or may read in the conversation that is given. */
  openBlobs(
    accountId: AccountId,
    conversationId: ConversationId | null,
    blobIds: readonly BlobId[],
  ): Promise<Outcome<ReadonlyMap<BlobId, { readonly sizeBytes: number }>, LogError>>;
  /**
   * Entries at `seqs` that the account sent hold their blobs no longer; or (`forAccount`) of passing ones, whosesoever, the
   * account has no use for them, and they go when that is so of all members.
   */
  release(
    by: MemberDeviceId,
    release: {
      readonly conversationId: ConversationId;
      readonly seqs: readonly number[];
      readonly forAccount: boolean;
    },
    nowMs: number,
  ): Promise<Outcome<null, LogError>>;
  /** Null where there is no such blob. */
  sizeOf(blobId: BlobId): Promise<number | null>;
  /** Bytes that count against the quota. */
  usage(accountId: AccountId): Promise<number>;
  /** For metrics. */
  totals(): Promise<BlobTotals>;

  /** Lets go of what holds blobs and is over, then forgets blobs that nothing holds: those, at most `maxCount`. */
  claimDeletable(nowMs: number, maxCount: number): Promise<BlobId[]>;
  /** Whether the bytes of a blob have to be there: it is known, or an upload is about to become it. */
  isNeeded(blobId: BlobId): Promise<boolean>;
}

/** SHA-256 of the ciphertext, as 64 hexadecimal digits. */
export type BlobId = string & { readonly brand: 'BlobId' };
/** SHA-256 of the upload's ticket, as 64 hexadecimal digits: who reads the database cannot use it. */
export type UploadId = string & { readonly brand: 'UploadId' };

export interface NewUpload {
  readonly uploadId: UploadId;
  readonly accountId: AccountId;
  readonly sizeBytes: number;
  readonly expiresAtMs: number;
  readonly quotaBytes: number;
  readonly maxOpen: number;
}
export interface BlobTotals {
  readonly blobs: number;
  /** What counts against quotas, of all accounts together. */
  readonly usedBytes: number;
  readonly uploads: number;
}
export interface ExpiredUpload {
  readonly uploadId: UploadId;
  readonly blobId: BlobId | null;
}
export interface UploadRecord {
  readonly accountId: AccountId;
  readonly sizeBytes: number;
  /** Null until its content was verified. */
  readonly blobId: BlobId | null;
  /** Its bytes are kept, and this is only remembered for who did not hear the answer. */
  readonly isDone: boolean;
}
