/**
 * Uploads and downloads (spec/server.md §Blobs), without HTTP. Invariants: one request at a time works on an upload,
 * the newest; bytes are kept as a blob only after their hash was compared; and a blob's bytes are deleted only while
 * nothing can come to need them.
 *
 * The steps by which an upload becomes a blob are verified (a record), kept (the bytes), kept (a record). Each may be
 * repeated, so after a crash between any two of them the client's FinishUpload goes on where it ended.
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type AccountId, limits } from '@sotto/protocol';
import type { Counters } from '../counters.ts';
import { done, type Outcome, refused } from '../outcome.ts';
import type { Clock, Random } from '../ports.ts';
import type { BlobId, BlobRecords, BlobTotals, UploadId, UploadRecord } from '../store/blobRecords.ts';
import type { BlobStore } from './blobStore.ts';
import { DownloadTickets } from './downloadTickets.ts';
import { Turns } from './turns.ts';

export const uploadTicketSizeBytes = 32;
const collectedAtOnce = 256;

export interface BlobTransferPorts {
  readonly store: BlobStore;
  readonly records: BlobRecords;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly quotaBytes: number;
}

/** What of an upload has arrived. */
export interface UploadProgress {
  readonly offset: number;
  readonly sizeBytes: number;
}
export type PartOutcome = Outcome<
  UploadProgress,
  'ticket_refused' | 'wrong_offset' | 'too_large' | 'upload_incomplete'
>;

/** A part while it is received. */
interface Part {
  /** Ends it, since a newer request for the same upload is there. */
  stop(): void;
}

export class BlobTransfers {
  readonly #ports: BlobTransferPorts;
  readonly #tickets: DownloadTickets;
  readonly #turns = new Turns();
  readonly #parts = new Map<UploadId, Part>();
  #collecting: Promise<void> | null = null;

  constructor(ports: BlobTransferPorts) {
    this.#ports = ports;
    this.#tickets = new DownloadTickets(ports.random.bytes(32));
  }

  get quotaBytes(): number {
    return this.#ports.quotaBytes;
  }

  async begin(
    accountId: AccountId,
    sizeBytes: number,
  ): Promise<Outcome<{ ticket: Uint8Array; expiresAtMs: number }, 'quota_exceeded' | 'too_many'>> {
    const { records, clock, random, quotaBytes } = this.#ports;
    const ticket = random.bytes(uploadTicketSizeBytes);
    const uploadId = uploadIdOf(ticket);
    const expiresAtMs = clock.nowMs() + limits.uploadLifetimeMs;
    const maxOpen = limits.uploadsPerAccount;
    const begun = await records.beginUpload({
      uploadId,
      accountId,
      sizeBytes,
      expiresAtMs,
      quotaBytes,
      maxOpen,
    });
    return begun.kind === 'refused' ? begun : done({ ticket, expiresAtMs });
  }

  /** For metrics. */
  totals(): Promise<BlobTotals> {
    return this.#ports.records.totals();
  }

  /** How far an upload has come. A part of it that is being received ends. */
  progress(ticket: Uint8Array): Promise<Outcome<UploadProgress, 'ticket_refused'>> {
    const uploadId = uploadIdOf(ticket);
    return this.#alone(uploadId, async () => {
      const upload = await this.#openUpload(uploadId);
      if (upload === null) return refused('ticket_refused');
      return done({ offset: await this.#ports.store.sizeOf(uploadId), sizeBytes: upload.sizeBytes });
    });
  }

  /**
   * Appends `body` at `offset`, and says how far the upload came: also where it is refused after some of it was taken.
   * `wrong_offset` and `upload_incomplete` (the body broke off) have that in `limit`.
   */
  receive(ticket: Uint8Array, offset: number, body: Readable): Promise<PartOutcome> {
    const uploadId = uploadIdOf(ticket);
    return this.#alone(uploadId, async () => {
      const upload = await this.#openUpload(uploadId);
      if (upload === null) return refused('ticket_refused');
      const { store } = this.#ports;
      const present = await store.sizeOf(uploadId);
      if (present !== offset) return refused('wrong_offset', { limit: present });
      const roomBytes = Math.min(limits.blobPartSizeBytes, upload.sizeBytes - offset);
      const part = this.#limited(body, roomBytes);
      this.#parts.set(uploadId, { stop: () => body.destroy() });
      try {
        return done({
          offset: await store.append(uploadId, offset, part.pieces()),
          sizeBytes: upload.sizeBytes,
        });
      } catch (error) {
        if (part.state() === 'too_large') return refused('too_large', { limit: roomBytes });
        if (part.state() !== 'broken') throw error;
        return refused('upload_incomplete', { limit: await store.sizeOf(uploadId) });
      } finally {
        this.#parts.delete(uploadId);
      }
    });
  }

  /** Makes the blob. Repeating it is harmless. `published`: any account that names it may open it, and it stays. */
  finish(
    accountId: AccountId,
    ticket: Uint8Array,
    blobId: BlobId,
    published = false,
  ): Promise<Outcome<null, 'upload_unknown' | 'upload_incomplete' | 'blob_mismatch'>> {
    const uploadId = uploadIdOf(ticket);
    return this.#alone(uploadId, async () => {
      const { store, records, clock } = this.#ports;
      const upload = await records.findUpload(uploadId, clock.nowMs());
      if (upload?.accountId !== accountId) return refused('upload_unknown');
      if (upload.blobId !== null && upload.blobId !== blobId) return refused('blob_mismatch');
      if (upload.isDone) return done(null);
      if (upload.blobId === null) {
        if ((await store.sizeOf(uploadId)) !== upload.sizeBytes) return refused('upload_incomplete');
        const hash = await store.hash(uploadId);
        if (hash.toHex() !== blobId) {
          await this.#drop(uploadId);
          return refused('blob_mismatch');
        }
        await records.uploadVerified(uploadId, blobId);
      }
      await this.#turns.take(blobId, async () => {
        await store.keep(uploadId, blobId);
        await records.uploadKept(uploadId, clock.nowMs(), published);
      });
      return done(null);
    });
  }

  /** One that is not there, or is a blob already, is passed over. */
  cancel(accountId: AccountId, ticket: Uint8Array): Promise<void> {
    const uploadId = uploadIdOf(ticket);
    return this.#alone(uploadId, async () => {
      const upload = await this.#openUpload(uploadId);
      if (upload?.accountId === accountId) await this.#drop(uploadId);
    });
  }

  issueDownload(blobId: BlobId, expiresAtMs: number): Uint8Array {
    return this.#tickets.issue(blobId, expiresAtMs);
  }

  /** The size of the blob that `ticket` opens. */
  async admit(
    ticket: Uint8Array,
    blobId: BlobId,
  ): Promise<Outcome<number, 'ticket_refused' | 'blob_unknown'>> {
    const { clock, records } = this.#ports;
    if (!this.#tickets.admits(ticket, blobId, clock.nowMs())) return refused('ticket_refused');
    const sizeBytes = await records.sizeOf(blobId);
    return sizeBytes === null ? refused('blob_unknown') : done(sizeBytes);
  }

  /** Bytes `start` to `end`, both included; null where the blob is gone. As `BlobStore.read`. */
  async read(blobId: BlobId, start: number, end: number): Promise<AsyncGenerator<Uint8Array, void> | null> {
    const { store, counters } = this.#ports;
    const body = await store.read(blobId, start, end);
    if (body === null) return null;
    counters.downloads += 1;
    return counted(body, (sizeBytes) => {
      counters.downloadedBytes += sizeBytes;
    });
  }

  /** Deletes what is over: expired uploads, and blobs that nothing holds any more. Calls at once share one run. */
  collect(): Promise<void> {
    this.#collecting ??= this.#collect().finally(() => {
      this.#collecting = null;
    });
    return this.#collecting;
  }

  /** Deletes bytes that no record needs, left by a crash between two steps. */
  async sweep(): Promise<void> {
    const { store, records } = this.#ports;
    const uploads = new Set(await records.listUploads());
    for await (const uploadId of store.uploads()) {
      if (uploads.has(uploadId)) continue;
      await this.#turns.take(uploadId, async () => {
        if (!(await records.hasUpload(uploadId))) await store.drop(uploadId);
      });
    }
    for await (const blobId of store.blobs()) await this.#deleteUnneeded(blobId);
  }

  async #collect(): Promise<void> {
    const { records, clock } = this.#ports;
    const nowMs = clock.nowMs();
    for (;;) {
      const uploads = await records.listExpiredUploads(nowMs, collectedAtOnce);
      for (const { uploadId, blobId } of uploads) {
        await this.#alone(uploadId, () => this.#drop(uploadId));
        if (blobId !== null) await this.#deleteUnneeded(blobId);
      }
      const blobs = await records.claimDeletable(nowMs, collectedAtOnce);
      for (const blobId of blobs) await this.#deleteUnneeded(blobId);
      this.#ports.counters.deletedBlobs += blobs.length;
      if (uploads.length + blobs.length < collectedAtOnce) return;
    }
  }

  #deleteUnneeded(blobId: BlobId): Promise<void> {
    return this.#turns.take(blobId, async () => {
      if (!(await this.#ports.records.isNeeded(blobId))) await this.#ports.store.delete(blobId);
    });
  }

  /** The record first: bytes without one are swept up. */
  async #drop(uploadId: UploadId): Promise<void> {
    await this.#ports.records.dropUpload(uploadId);
    await this.#ports.store.drop(uploadId);
  }

  /** Runs `work` after what is under way for the upload; a part that is being received ends. */
  #alone<T>(uploadId: UploadId, work: () => Promise<T>): Promise<T> {
    this.#parts.get(uploadId)?.stop();
    return this.#turns.take(uploadId, work);
  }

  /** An upload that still takes bytes. */
  async #openUpload(uploadId: UploadId): Promise<UploadRecord | null> {
    const upload = await this.#ports.records.findUpload(uploadId, this.#ports.clock.nowMs());
    return upload === null || upload.blobId !== null ? null : upload;
  }

  /** The pieces of `body`, at most `roomBytes` of them. */
  #limited(body: Readable, roomBytes: number) {
    const { counters } = this.#ports;
    let state: 'going' | 'broken' | 'too_large' = 'going';
    async function* pieces(): AsyncGenerator<Uint8Array> {
      let leftBytes = roomBytes;
      try {
        for await (const piece of body as AsyncIterable<Uint8Array>) {
          if (piece.length > leftBytes) {
            state = 'too_large';
            throw new RangeError('More than there is room for.');
          }
          leftBytes -= piece.length;
          yield piece;
          counters.uploadedBytes += piece.length;
        }
      } catch (error) {
        if (state === 'going') state = 'broken';
        throw error;
      }
    }
    return { pieces, state: () => state };
  }
}

async function* counted(
  body: AsyncGenerator<Uint8Array, void>,
  count: (sizeBytes: number) => void,
): AsyncGenerator<Uint8Array, void> {
  for await (const piece of body) {
    yield piece;
    count(piece.length);
  }
}

/** The server keeps no ticket, only what it hashes to. */
function uploadIdOf(ticket: Uint8Array): UploadId {
  return createHash('sha256').update(ticket).digest('hex') as UploadId;
}
