import type { AccountId, ConversationId } from '@sotto/protocol';
import { done, type Outcome } from '../../outcome.ts';
import type { BlobId, BlobRecords, NewUpload, UploadId } from '../blobRecords.ts';
import type { LogError, MemberDeviceId } from '../store.ts';
import type { BlobTables } from './blobTables.ts';
import type { StoreAccess } from './sqliteStore.ts';

/** Records of blobs over SQLite: who may do what, over `BlobTables`. */
export class SqliteBlobRecords implements BlobRecords {
  readonly #tables: BlobTables;
  readonly #access: StoreAccess;

  constructor(tables: BlobTables, access: StoreAccess) {
    this.#tables = tables;
    this.#access = access;
  }

  beginUpload(upload: NewUpload) {
    return this.#access.write(() => this.#tables.begin(upload));
  }
  findUpload(uploadId: UploadId, nowMs: number) {
    return this.#access.read(() => this.#tables.findUpload(uploadId, nowMs));
  }
  uploadVerified(uploadId: UploadId, blobId: BlobId) {
    return this.#access.write<void>(() => this.#tables.verified(uploadId, blobId));
  }
  uploadKept(uploadId: UploadId, nowMs: number, published: boolean) {
    return this.#access.write<void>(() => this.#tables.kept(uploadId, nowMs, published));
  }
  dropUpload(uploadId: UploadId) {
    return this.#access.write<void>(() => this.#tables.dropUpload(uploadId));
  }
  listExpiredUploads(nowMs: number, maxCount: number) {
    return this.#access.read(() => this.#tables.expiredUploads(nowMs, maxCount));
  }
  hasUpload(uploadId: UploadId) {
    return this.#access.read(() => this.#tables.hasUpload(uploadId));
  }
  sizeOf(blobId: BlobId) {
    return this.#access.read(() => this.#tables.sizeOf(blobId));
  }
  listUploads() {
    return this.#access.read(() => this.#tables.uploads());
  }

  openBlobs(accountId: AccountId, conversationId: ConversationId | null, blobIds: readonly BlobId[]) {
    return this.#access.read((): Outcome<ReadonlyMap<BlobId, { readonly sizeBytes: number }>, LogError> => {
      if (conversationId === null) return done(this.#tables.open(accountId, null, blobIds));
      const whole = this.#access.conversations.logOf(conversationId, accountId);
      if (whole.kind === 'refused') return whole;
      const { log, firstSeq, headSeq } = whole.value;
      const range = { conversation: log.number, firstSeq, throughSeq: headSeq };
      return done(this.#tables.open(accountId, range, blobIds));
    });
  }

  release(
    by: MemberDeviceId,
    { conversationId, seqs, forAccount }: Parameters<BlobRecords['release']>[1],
    nowMs: number,
  ) {
    return this.#access.write((): Outcome<null, LogError> => {
      const log = this.#access.conversations.logNumber(conversationId);
      if (log.kind === 'refused') return log;
      const account = this.#access.accounts.numberOf(by.accountId);
      if (account === null) return done(null);
      if (!forAccount) this.#tables.release(log.value, account, seqs, nowMs);
      else if (this.#access.conversations.hasAccount(conversationId, by.accountId)) {
        this.#tables.releaseFor(log.value, account, seqs, nowMs);
      }
      return done(null);
    });
  }

  usage(accountId: AccountId) {
    return this.#access.read(() => this.#tables.usage(accountId));
  }
  totals() {
    return this.#access.read(() => this.#tables.totals());
  }
  claimDeletable(nowMs: number, maxCount: number) {
    return this.#access.write(() => this.#tables.claimDeletable(nowMs, maxCount));
  }
  isNeeded(blobId: BlobId) {
    return this.#access.read(() => this.#tables.isNeeded(blobId));
  }
}
