/**
 * `upload`, `blob`, `blob_uploader`, `blob_usage` and `blob_hold` (spec/server.md §Blobs). Invariants: `delete_at_ms`
 * of a blob is null exactly while a hold of it is there or it is published; `used_bytes` of an account is the sum of its uploads that are
 * not kept yet and of the blobs that it uploaded.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type AccountId, idToBytes, limits } from '@sotto/protocol';
import { done, type Outcome, refused } from '../../outcome.ts';
import type { BlobId, BlobTotals, ExpiredUpload, NewUpload, UploadId, UploadRecord } from '../blobRecords.ts';

/** The entries of a conversation whose blobs an account may open. */
export interface ReadableRange {
  readonly conversation: number;
  readonly firstSeq: number;
  readonly throughSeq: number | null;
}
/** Where a blob is held: by the message at `seq`. */
export interface Hold {
  readonly conversation: number;
  readonly seq: number;
  readonly account: number;
  readonly expiresAtMs: number | null;
}

interface FoundBlob {
  readonly number: number;
  readonly sizeBytes: number;
  readonly published: boolean;
}

export class BlobTables {
  readonly #accountOf;
  readonly #insertUpload;
  readonly #countUploads;
  readonly #findUpload;
  readonly #setVerified;
  readonly #setKept;
  readonly #deleteUpload;
  readonly #expiredUploads;
  readonly #uploads;
  readonly #usage;
  readonly #addUsage;
  readonly #insertBlob;
  readonly #findBlob;
  readonly #insertUploader;
  readonly #isUploader;
  readonly #isReadable;
  readonly #isReadableAnywhere;
  readonly #insertHold;
  readonly #setHeld;
  readonly #setPublished;
  readonly #holdsAt;
  readonly #deleteHold;
  readonly #setUnheld;
  readonly #passingHoldsAt;
  readonly #insertRelease;
  readonly #isUsed;
  readonly #absentAccounts;
  readonly #deleteReleases;
  readonly #expiredHolds;
  readonly #deletable;
  readonly #uploadersOf;
  readonly #deleteUploaders;
  readonly #deleteBlob;
  readonly #becoming;
  readonly #totals;

  constructor(database: DatabaseSync) {
    this.#accountOf = database.prepare('SELECT number FROM account WHERE id = ?');
    this.#insertUpload = database.prepare(
      'INSERT INTO upload (id, account, size_bytes, expires_at_ms) VALUES (?, ?, ?, ?)',
    );
    this.#countUploads = database.prepare(
      'SELECT count(*) AS open FROM upload WHERE account = ? AND kept = 0',
    );
    this.#findUpload = database.prepare(
      `SELECT account, account.id AS accountId, size_bytes AS sizeBytes, blob, kept, expires_at_ms AS expiresAtMs
       FROM upload JOIN account ON account.number = upload.account WHERE upload.id = ?`,
    );
    this.#setVerified = database.prepare('UPDATE upload SET blob = ? WHERE id = ?');
    this.#setKept = database.prepare('UPDATE upload SET kept = 1 WHERE id = ?');
    this.#deleteUpload = database.prepare('DELETE FROM upload WHERE id = ?');
    this.#expiredUploads = database.prepare('SELECT id, blob FROM upload WHERE expires_at_ms <= ? LIMIT ?');
    this.#uploads = database.prepare('SELECT id FROM upload WHERE kept = 0');
    this.#usage = database.prepare('SELECT used_bytes AS usedBytes FROM blob_usage WHERE account = ?');
    this.#addUsage = database.prepare(
      `INSERT INTO blob_usage (account, used_bytes) VALUES (?1, ?2)
       ON CONFLICT DO UPDATE SET used_bytes = used_bytes + ?2`,
    );
    this.#insertBlob = database.prepare(
      `INSERT INTO blob (id, size_bytes, delete_at_ms) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET delete_at_ms = max(delete_at_ms, excluded.delete_at_ms) RETURNING number`,
    );
    this.#findBlob = database.prepare(
      'SELECT number, size_bytes AS sizeBytes, published FROM blob WHERE id = ?',
    );
    this.#insertUploader = database.prepare(
      'INSERT INTO blob_uploader (blob, account) VALUES (?, ?) ON CONFLICT DO NOTHING',
    );
    this.#isUploader = database.prepare('SELECT 1 FROM blob_uploader WHERE blob = ? AND account = ?');
    this.#isReadable = database.prepare(
      'SELECT 1 FROM blob_hold WHERE blob = ? AND conversation = ? AND seq >= ? AND seq <= ? LIMIT 1',
    );
    this.#isReadableAnywhere = database.prepare(
      `SELECT 1 FROM blob_hold JOIN member_account ON member_account.conversation = blob_hold.conversation
       WHERE blob_hold.blob = ? AND member_account.account = ? AND removed_seq IS NULL AND seq >= first_seq LIMIT 1`,
    );
    this.#insertHold = database.prepare(
      'INSERT INTO blob_hold (conversation, seq, blob, account, expires_at_ms) VALUES (?, ?, ?, ?, ?)',
    );
    this.#setHeld = database.prepare('UPDATE blob SET delete_at_ms = NULL WHERE number = ?');
    this.#setPublished = database.prepare(
      'UPDATE blob SET published = 1, delete_at_ms = NULL WHERE number = ?',
    );
    this.#holdsAt = database.prepare(
      'SELECT blob FROM blob_hold WHERE conversation = ? AND seq = ? AND account = ?',
    );
    this.#deleteHold = database.prepare(
      'DELETE FROM blob_hold WHERE conversation = ? AND seq = ? AND blob = ?',
    );
    this.#setUnheld = database.prepare(
      `UPDATE blob SET delete_at_ms = ?1 WHERE number = ?2 AND published = 0
         AND NOT EXISTS (SELECT 1 FROM blob_hold WHERE blob = ?2)`,
    );
    this.#passingHoldsAt = database.prepare(
      'SELECT blob FROM blob_hold WHERE conversation = ? AND seq = ? AND expires_at_ms IS NOT NULL',
    );
    this.#insertRelease = database.prepare(
      'INSERT INTO blob_release (conversation, seq, account) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#isUsed = database.prepare(
      `SELECT 1 FROM member_account WHERE conversation = ?1 AND removed_seq IS NULL AND first_seq <= ?2
         AND NOT EXISTS (SELECT 1 FROM blob_release AS gone WHERE gone.conversation = ?1 AND gone.seq = ?2
           AND gone.account = member_account.account) LIMIT 1`,
    );
    this.#absentAccounts = database.prepare(
      `SELECT account FROM member_account WHERE conversation = ?1 AND removed_seq IS NULL
         AND NOT EXISTS (SELECT 1 FROM member_device AS own
           LEFT JOIN cursor ON cursor.device = own.device AND cursor.log = own.conversation
           WHERE own.conversation = ?1 AND own.account = member_account.account AND own.removed_seq IS NULL
             AND own.joined_seq < ?2 AND coalesce(cursor.seq, 0) >= ?2)`,
    );
    this.#deleteReleases = database.prepare('DELETE FROM blob_release WHERE conversation = ? AND seq = ?');
    this.#expiredHolds = database.prepare(
      'SELECT conversation, seq, blob FROM blob_hold WHERE expires_at_ms <= ? LIMIT ?',
    );
    this.#deletable = database.prepare(
      'SELECT number, id, size_bytes AS sizeBytes FROM blob WHERE delete_at_ms <= ? LIMIT ?',
    );
    this.#uploadersOf = database.prepare('SELECT account FROM blob_uploader WHERE blob = ?');
    this.#deleteUploaders = database.prepare('DELETE FROM blob_uploader WHERE blob = ?');
    this.#deleteBlob = database.prepare('DELETE FROM blob WHERE number = ?');
    this.#becoming = database.prepare('SELECT 1 FROM upload WHERE blob = ? AND kept = 0 LIMIT 1');
    this.#totals = database.prepare(
      `SELECT (SELECT count(*) FROM blob) AS blobs, (SELECT count(*) FROM upload WHERE kept = 0) AS uploads,
         (SELECT coalesce(sum(used_bytes), 0) FROM blob_usage) AS usedBytes`,
    );
  }

  begin(upload: NewUpload): Outcome<null, 'quota_exceeded' | 'too_many'> {
    const account = this.#accountOf.get(idToBytes(upload.accountId))?.number as number;
    if ((this.#countUploads.get(account)?.open as number) >= upload.maxOpen) {
      return refused('too_many', { limit: upload.maxOpen });
    }
    if (this.#used(account) + upload.sizeBytes > upload.quotaBytes) {
      return refused('quota_exceeded', { limit: upload.quotaBytes });
    }
    this.#insertUpload.run(bytesOf(upload.uploadId), account, upload.sizeBytes, upload.expiresAtMs);
    this.#addUsage.run(account, upload.sizeBytes);
    return done(null);
  }

  findUpload(uploadId: UploadId, nowMs: number): UploadRecord | null {
    const row = this.#findUpload.get(bytesOf(uploadId));
    if (row === undefined || (row.expiresAtMs as number) <= nowMs) return null;
    return {
      accountId: (row.accountId as Uint8Array).toHex() as AccountId,
      sizeBytes: row.sizeBytes as number,
      blobId: ((row.blob as Uint8Array | null)?.toHex() as BlobId | undefined) ?? null,
      isDone: row.kept === 1,
    };
  }

  verified(uploadId: UploadId, blobId: BlobId): void {
    this.#setVerified.run(bytesOf(blobId), bytesOf(uploadId));
  }

  kept(uploadId: UploadId, nowMs: number, published: boolean): void {
    const row = this.#findUpload.get(bytesOf(uploadId));
    if (row === undefined || row.blob === null || row.kept === 1) return;
    const account = row.account as number;
    const sizeBytes = row.sizeBytes as number;
    const deleteAtMs = nowMs + limits.unheldBlobLifetimeMs;
    const blob = this.#insertBlob.get(row.blob as Uint8Array, sizeBytes, deleteAtMs)?.number as number;
    const isNew = this.#insertUploader.run(blob, account).changes === 1;
    // What counted as an upload counts as a blob from now on, once.
    if (!isNew) this.#addUsage.run(account, -sizeBytes);
    if (published) this.#setPublished.run(blob);
    this.#setKept.run(bytesOf(uploadId));
  }

  dropUpload(uploadId: UploadId): void {
    const row = this.#findUpload.get(bytesOf(uploadId));
    if (row === undefined) return;
    if (row.kept === 0) this.#addUsage.run(row.account as number, -(row.sizeBytes as number));
    this.#deleteUpload.run(bytesOf(uploadId));
  }

  expiredUploads(nowMs: number, maxCount: number): ExpiredUpload[] {
    return this.#expiredUploads.all(nowMs, maxCount).map((row) => ({
      uploadId: (row.id as Uint8Array).toHex() as UploadId,
      blobId: ((row.blob as Uint8Array | null)?.toHex() as BlobId | undefined) ?? null,
    }));
  }

  hasUpload(uploadId: UploadId): boolean {
    return this.#findUpload.get(bytesOf(uploadId)) !== undefined;
  }

  sizeOf(blobId: BlobId): number | null {
    return this.#find(blobId)?.sizeBytes ?? null;
  }

  /** Those whose bytes are not kept as a blob. */
  uploads(): UploadId[] {
    return this.#uploads.all().map((row) => (row.id as Uint8Array).toHex() as UploadId);
  }

  /** Those of `blobIds` that are published, that the account uploaded, or that are held in `range`. */
  open(accountId: AccountId, range: ReadableRange | null, blobIds: readonly BlobId[]) {
    const account = this.#accountOf.get(idToBytes(accountId))?.number as number;
    const found = new Map<BlobId, { readonly sizeBytes: number }>();
    for (const blobId of blobIds) {
      const blob = this.#find(blobId);
      if (blob === null) continue;
      const isFree = blob.published || this.#isUploader.get(blob.number, account) !== undefined;
      if (isFree || (range !== null && this.#isHeldIn(blob.number, range))) {
        found.set(blobId, { sizeBytes: blob.sizeBytes });
      }
    }
    return found;
  }

  /** The numbers of `blobIds`, where `account` may send all of them; null where not. */
  sendable(account: number, blobIds: readonly BlobId[]): number[] | null {
    const numbers: number[] = [];
    for (const blobId of blobIds) {
      const blob = this.#find(blobId);
      if (blob === null) return null;
      const mayBe =
        this.#isUploader.get(blob.number, account) ?? this.#isReadableAnywhere.get(blob.number, account);
      if (mayBe === undefined) return null;
      numbers.push(blob.number);
    }
    return numbers;
  }

  hold(blobs: readonly number[], { conversation, seq, account, expiresAtMs }: Hold): void {
    for (const blob of blobs) {
      this.#insertHold.run(conversation, seq, blob, account, expiresAtMs);
      this.#setHeld.run(blob);
    }
  }

  release(conversation: number, account: number, seqs: readonly number[], nowMs: number): void {
    for (const seq of seqs) {
      for (const { blob } of this.#holdsAt.all(conversation, seq, account)) {
        this.#letGo({ conversation, seq, blob: blob as number }, nowMs);
      }
    }
  }

  /** Of passing entries: the account has no use for their blobs any more. They go when that is so of all members. */
  releaseFor(conversation: number, account: number, seqs: readonly number[], nowMs: number): void {
    for (const seq of seqs) {
      const blobs = this.#passingHoldsAt.all(conversation, seq);
      if (blobs.length === 0) continue;
      this.#insertRelease.run(conversation, seq, account);
      if (this.#isUsed.get(conversation, seq) !== undefined) continue;
      for (const { blob } of blobs) this.#letGo({ conversation, seq, blob: blob as number }, nowMs);
    }
  }

  /** The content of a passing entry goes before everybody had it: those who had not cannot use its blobs. */
  releaseForAbsent(conversation: number, seq: number, nowMs: number): void {
    if (this.#passingHoldsAt.get(conversation, seq) === undefined) return;
    for (const { account } of this.#absentAccounts.all(conversation, seq)) {
      this.releaseFor(conversation, account as number, [seq], nowMs);
    }
  }

  usage(accountId: AccountId): number {
    return this.#used(this.#accountOf.get(idToBytes(accountId))?.number as number);
  }

  totals(): BlobTotals {
    return this.#totals.get() as unknown as BlobTotals;
  }

  /** Lets go of holds that are over, then forgets blobs that nothing holds. */
  claimDeletable(nowMs: number, maxCount: number): BlobId[] {
    for (const row of this.#expiredHolds.all(nowMs, maxCount)) {
      this.#letGo(row as { conversation: number; seq: number; blob: number }, nowMs);
    }
    return this.#deletable.all(nowMs, maxCount).map((row) => {
      const number = row.number as number;
      for (const { account } of this.#uploadersOf.all(number)) {
        this.#addUsage.run(account as number, -(row.sizeBytes as number));
      }
      this.#deleteUploaders.run(number);
      this.#deleteBlob.run(number);
      return (row.id as Uint8Array).toHex() as BlobId;
    });
  }

  isNeeded(blobId: BlobId): boolean {
    return this.#find(blobId) !== null || this.#becoming.get(bytesOf(blobId)) !== undefined;
  }

  #find(blobId: BlobId): FoundBlob | null {
    const row = this.#findBlob.get(bytesOf(blobId));
    if (row === undefined) return null;
    const { number, sizeBytes, published } = row;
    return { number: number as number, sizeBytes: sizeBytes as number, published: published === 1 };
  }

  #isHeldIn(blob: number, { conversation, firstSeq, throughSeq }: ReadableRange): boolean {
    const last = throughSeq ?? Number.MAX_SAFE_INTEGER;
    return this.#isReadable.get(blob, conversation, firstSeq, last) !== undefined;
  }

  #letGo(hold: { conversation: number; seq: number; blob: number }, nowMs: number): void {
    this.#deleteHold.run(hold.conversation, hold.seq, hold.blob);
    this.#deleteReleases.run(hold.conversation, hold.seq);
    this.#setUnheld.run(nowMs, hold.blob);
  }

  #used(account: number): number {
    return (this.#usage.get(account)?.usedBytes as number | undefined) ?? 0;
  }
}

function bytesOf(id: BlobId | UploadId): Uint8Array {
  return Uint8Array.fromHex(id);
}
