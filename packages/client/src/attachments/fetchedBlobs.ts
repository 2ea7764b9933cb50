/**
 * Blobs of the server on this device (spec/attachments.md, "Fetching"): any part of one is fetched when it is read, and kept.
 * Invariant: a chunk is written only after it opened under the key of the message that names it, and it is opened again
 * whenever it is read, so neither the server nor the disk can bring anything in.
 */
import {
  type AttachmentCipher,
  attachmentChunkSizeBytes,
  createAttachmentCipher,
  sealedAttachmentChunkSizeBytes,
} from '@sotto/crypto';
import type { AttachmentFault } from '../apiMedia.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { type BlobTransport, LocalFileError } from '../ports.ts';
import type { BlobSource } from './blobSource.ts';
import { deleteBlob, findBlob, type StoredBlob, storeBlob } from './blobTable.ts';
import { ChunkMap } from './chunkMap.ts';
import { fetchChunks } from './fetchChunks.ts';
import type { LocalBlobs } from './localBlobs.ts';
import { Tickets } from './tickets.ts';

/** Fetched beyond what is asked for: who reads on finds it there. */
const readAheadChunks = 32;
/** Of a blob that is fetched wholly, at once. */
const windowChunks = 256;
const hashedAtOnce = 1024 * 1024;
const usedAgainMs = 60_000;
const blobsRemembered = 64;

/** A blob in use. */
interface OpenBlob {
  stored: StoredBlob;
  readonly chunks: ChunkMap;
  /** Chunks that are being fetched; null: it came. */
  readonly pending: Map<number, Promise<AttachmentFault | null>>;
  isChecked: boolean;
  users: number;
}

export interface FetchListener {
  /** More of it is here, or all, or none any more. */
  told(blobId: string): void;
  /** Makes room on this device; false where there is nothing to remove. */
  makeRoom(): Promise<boolean>;
}

export class FetchedBlobs {
  readonly #device: () => DeviceContext;
  readonly #transport: BlobTransport;
  readonly #local: LocalBlobs;
  readonly #listener: FetchListener;
  readonly #tickets: Tickets;
  readonly #open = new Map<string, Promise<OpenBlob>>();
  readonly #hereBytes = new Map<string, number>();

  constructor(
    device: () => DeviceContext,
    transport: BlobTransport,
    local: LocalBlobs,
    listener: FetchListener,
  ) {
    this.#device = device;
    this.#transport = transport;
    this.#local = local;
    this.#listener = listener;
    this.#tickets = new Tickets(device);
  }

  /** Bytes of the ciphertext that are here of a blob in use; undefined: what is stored is right. */
  hereBytes(blobId: string): number | undefined {
    return this.#hereBytes.get(blobId);
  }

  isInUse(blobId: string): boolean {
    return this.#open.has(blobId);
  }

  /** The file's bytes from `start` to `end`. */
  async read(
    source: BlobSource,
    start: number,
    end: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | AttachmentFault> {
    return this.#use(source, async (blob, cipher) => {
      const to = Math.min(end, source.sizeBytes);
      if (start >= to) return new Uint8Array(0);
      const first = Math.floor(start / attachmentChunkSizeBytes);
      const last = Math.floor((to - 1) / attachmentChunkSizeBytes);
      // A chunk that the disk lost is fetched once more.
      for (let tries = 0; tries < 2; tries++) {
        const fault = await this.#ensure(source, blob, cipher, first, last, readAheadChunks, signal);
        if (fault !== null) return fault;
        const content = await this.#openChunks(blob, cipher, first, last);
        if (!(content instanceof Uint8Array)) {
          // All of it is what its name says: it is the key that is false, and others may have the true one.
          if (blob.chunks.isWhole && (await this.#hasItsHash(source, blob))) return 'damaged';
          for (const index of content) blob.chunks.remove(index);
          continue;
        }
        if (blob.chunks.isWhole && !(await this.#check(source, blob))) return 'damaged';
        const from = first * attachmentChunkSizeBytes;
        return content.slice(start - from, to - from);
      }
      return 'damaged';
    });
  }

  /** Fetches what is missing; null once all is here and has the hash that names it. */
  async fetchWhole(source: BlobSource, signal: AbortSignal): Promise<AttachmentFault | null> {
    return this.#use(source, async (blob, cipher) => {
      for (let from = 0; from < blob.chunks.count; from += windowChunks) {
        if (signal.aborted) return 'offline';
        const to = Math.min(from + windowChunks, blob.chunks.count) - 1;
        const fault = await this.#ensure(source, blob, cipher, from, to, 0, signal);
        if (fault !== null) return fault;
      }
      return (await this.#check(source, blob)) ? null : 'damaged';
    });
  }

  /** From now on something is stored of it. */
  async keep(source: BlobSource): Promise<void> {
    await this.#use(source, async () => null);
  }

  /** The blob is no longer kept: what is known of it is forgotten. */
  forget(blobId: string): void {
    this.#open.delete(blobId);
    this.#hereBytes.delete(blobId);
  }

  async #use<T>(
    source: BlobSource,
    work: (blob: OpenBlob, cipher: AttachmentCipher) => Promise<T | AttachmentFault>,
  ): Promise<T | AttachmentFault> {
    const cipher = createAttachmentCipher(this.#device().provider, source.key, source.sizeBytes);
    let blob: OpenBlob | null = null;
    try {
      blob = await this.#opened(source, cipher);
      if (isUnproven(blob, cipher)) {
        this.forget(source.blobId);
        blob = await this.#opened(source, cipher);
      }
      blob.users += 1;
      // Two messages that name one blob and say different sizes of it: one of them is false.
      if (blob.stored.sealedSizeBytes !== cipher.sealedSizeBytes) return 'damaged';
      return await work(blob, cipher);
    } catch (error) {
      if (error instanceof LocalFileError) return 'noSpace';
      throw error;
    } finally {
      cipher.erase();
      if (blob !== null) {
        blob.users -= 1;
        this.#rememberFew();
      }
    }
  }

  #opened({ blobId }: BlobSource, cipher: AttachmentCipher): Promise<OpenBlob> {
    const present = this.#open.get(blobId);
    if (present !== undefined) {
      this.#open.delete(blobId);
      this.#open.set(blobId, present);
      return present;
    }
    const opening = this.#load(blobId, cipher);
    this.#open.set(blobId, opening);
    opening.catch(() => this.#open.delete(blobId));
    return opening;
  }

  async #load(blobId: string, cipher: AttachmentCipher): Promise<OpenBlob> {
    const { clock, steps } = this.#device();
    const nowMs = clock.now();
    const stored = await steps.run(async (step) => {
      const found = step.read((sql) => findBlob(sql, blobId));
      const isFalse =
        found !== null && found.hereBytes === 0 && found.sealedSizeBytes !== cipher.sealedSizeBytes;
      const blob = (isFalse ? null : found) ?? {
        blobId,
        file: found?.file ?? this.#local.newName(),
        sealedSizeBytes: cipher.sealedSizeBytes,
        chunks: new Uint8Array(Math.ceil(cipher.chunkCount / 8)),
        hereBytes: 0,
        usedAtMs: nowMs,
        wanted: false,
        paused: false,
      };
      if (found !== null && !isFalse && nowMs - found.usedAtMs < usedAgainMs) return blob;
      const used = { ...blob, usedAtMs: nowMs };
      await step.commit((sql) => storeBlob(sql, used));
      return used;
    });
    const chunks = new ChunkMap(cipher.chunkCount, stored.chunks);
    return { stored, chunks, pending: new Map(), isChecked: chunks.isWhole, users: 0 };
  }

  #rememberFew(): void {
    if (this.#open.size <= blobsRemembered) return;
    for (const [blobId, opening] of this.#open) {
      void opening.then((blob) => {
        if (this.#open.size > blobsRemembered && blob.users === 0 && blob.pending.size === 0) {
          this.forget(blobId);
        }
      });
    }
  }

  /** Null once chunks `first` to `last` are here. */
  async #ensure(
    source: BlobSource,
    blob: OpenBlob,
    cipher: AttachmentCipher,
    first: number,
    last: number,
    aheadChunks: number,
    signal: AbortSignal,
  ): Promise<AttachmentFault | null> {
    const isMissing = (index: number): boolean =>
      index < blob.chunks.count && !blob.chunks.has(index) && !blob.pending.has(index);
    for (let index = first; index <= last; index++) {
      if (!isMissing(index)) continue;
      const from = index;
      while (index < last && isMissing(index + 1)) index += 1;
      let to = index;
      if (to === last) while (to < last + aheadChunks && isMissing(to + 1)) to += 1;
      this.#fetchRun(source, blob, cipher, from, to, signal);
    }
    const awaited: Promise<AttachmentFault | null>[] = [];
    for (let index = first; index <= last; index++) {
      const pending = blob.pending.get(index);
      if (pending !== undefined) awaited.push(pending);
    }
    return (await Promise.all(awaited)).find((fault) => fault !== null) ?? null;
  }

  #fetchRun(
    source: BlobSource,
    blob: OpenBlob,
    { sealedSizeBytes }: AttachmentCipher,
    from: number,
    to: number,
    signal: AbortSignal,
  ): void {
    const settle = new Map<number, (fault: AttachmentFault | null) => void>();
    for (let index = from; index <= to; index++) {
      const { promise, resolve } = Promise.withResolvers<AttachmentFault | null>();
      blob.pending.set(index, promise);
      settle.set(index, (fault) => {
        settle.delete(index);
        blob.pending.delete(index);
        resolve(fault);
      });
    }
    blob.users += 1;
    const { provider, clock } = this.#device();
    const fetching = this.#local.use(blob.stored.file, (file) =>
      fetchChunks(
        { provider, clock, transport: this.#transport, tickets: this.#tickets },
        source,
        { from, to },
        async (index, sealed) => {
          const write = () => file.write(index * sealedAttachmentChunkSizeBytes, sealed);
          await write().catch(async (error: unknown) => {
            const isFull = error instanceof LocalFileError && error.reason === 'full';
            if (!isFull || !(await this.#listener.makeRoom())) throw error;
            await write();
          });
          blob.chunks.add(index);
          this.#hereBytes.set(
            source.blobId,
            Math.min(blob.chunks.hereCount * sealedAttachmentChunkSizeBytes, sealedSizeBytes),
          );
          settle.get(index)?.(null);
          this.#listener.told(source.blobId);
        },
        signal,
      ),
    );
    fetching
      .catch((error: unknown): AttachmentFault => {
        if (error instanceof LocalFileError) return 'noSpace';
        this.#device().caught(error);
        return 'offline';
      })
      .then(async (fault) => {
        await this.#store(source.blobId, blob);
        for (const rest of [...settle.values()]) rest(fault ?? 'offline');
      })
      .catch((error) => {
        for (const rest of [...settle.values()]) rest('offline');
        this.#device().caught(error);
      })
      .finally(() => {
        blob.users -= 1;
      });
  }

  /** Their content, or which of them do not open. */
  async #openChunks(
    blob: OpenBlob,
    cipher: AttachmentCipher,
    first: number,
    last: number,
  ): Promise<Uint8Array | number[]> {
    const start = first * sealedAttachmentChunkSizeBytes;
    const end = cipher.placeOf(last).end;
    const sealed = await this.#local.use(blob.stored.file, (file) => file.read(start, end - start));
    const content = new Uint8Array((last - first + 1) * attachmentChunkSizeBytes);
    const unopened: number[] = [];
    for (let index = first; index <= last; index++) {
      const place = cipher.placeOf(index);
      const opened = cipher.open(index, sealed.subarray(place.start - start, place.end - start));
      if (opened === null) unopened.push(index);
      else content.set(opened, (index - first) * attachmentChunkSizeBytes);
    }
    return unopened.length === 0 ? content : unopened;
  }

  async #hasItsHash({ blobId }: BlobSource, blob: OpenBlob): Promise<boolean> {
    const hash = this.#device().provider.beginSha256();
    await this.#local.use(blob.stored.file, async (file) => {
      await file.flush();
      for (let at = 0; at < blob.stored.sealedSizeBytes; at += hashedAtOnce) {
        hash.update(await file.read(at, Math.min(hashedAtOnce, blob.stored.sealedSizeBytes - at)));
      }
    });
    return hash.digest().toHex() === blobId;
  }

  /** Once all of it is here: whether it has the hash that the message names. Where not, nothing of it is kept. */
  async #check(source: BlobSource, blob: OpenBlob): Promise<boolean> {
    if (blob.isChecked) return true;
    const { blobId } = source;
    const { steps } = this.#device();
    if (await this.#hasItsHash(source, blob)) {
      blob.isChecked = true;
      await this.#store(blobId, blob);
      return true;
    }
    this.forget(blobId);
    await steps.run((step) => step.commit((sql) => deleteBlob(sql, blobId)));
    await this.#local.remove(blob.stored.file);
    this.#listener.told(blobId);
    return false;
  }

  /** All of it counts as here only once its hash was checked: until then one chunk is said to be missing. */
  async #store(blobId: string, blob: OpenBlob): Promise<void> {
    if ((await this.#open.get(blobId)) !== blob) return;
    const { chunks } = blob;
    const isWhole = chunks.isWhole && blob.isChecked;
    await this.#device().steps.run(async (step) => {
      const present = step.read((sql) => findBlob(sql, blobId));
      if (present === null) return;
      const stored = {
        ...present,
        chunks: isWhole ? null : (chunks.bytes ?? withoutLast(chunks)),
        hereBytes: isWhole ? present.sealedSizeBytes : (this.#hereBytes.get(blobId) ?? present.hereBytes),
        usedAtMs: Math.max(present.usedAtMs, blob.stored.usedAtMs),
      };
      await step.commit((sql) => storeBlob(sql, stored));
      blob.stored = stored;
    });
    this.#listener.told(blobId);
  }
}

/** Another size was said of it, and nothing is here that bears that out: a chunk opens only under its true size. */
function isUnproven(
  { stored, chunks, pending, users }: OpenBlob,
  { sealedSizeBytes }: AttachmentCipher,
): boolean {
  return stored.sealedSizeBytes !== sealedSizeBytes && chunks.hereCount + pending.size + users === 0;
}

function withoutLast(chunks: ChunkMap): Uint8Array | null {
  const fewer = new ChunkMap(chunks.count, null);
  fewer.remove(chunks.count - 1);
  return fewer.bytes;
}
