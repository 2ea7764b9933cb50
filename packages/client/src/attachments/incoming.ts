/**
 * Files that messages name, on this device (spec/attachments.md, "Fetching"): read by parts, fetched wholly where that is wanted,
 * and let go of, the least recently used first, above the limit. Everything here can be fetched again.
 */
import type { AttachmentFault, TransferView } from '../apiMedia.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { BlobTransport, Sql } from '../ports.ts';
import { attachmentOfBlob } from './attachmentTable.ts';
import { type BlobSource, blobSourceOf } from './blobSource.ts';
import {
  deleteBlob,
  evictableBlobs,
  fetchLimit,
  findBlob,
  isFileNamed,
  type StoredBlob,
  storeBlob,
  unnamedBlobs,
  wantedBlobs,
} from './blobTable.ts';
import { FetchedBlobs } from './fetchedBlobs.ts';
import type { LocalBlobs } from './localBlobs.ts';

const fetchesAtOnce = 2;

interface Fetch {
  readonly abort: AbortController;
  readonly done: Promise<AttachmentFault | null>;
}

export class Incoming {
  readonly #device: () => DeviceContext;
  readonly #local: LocalBlobs;
  readonly #told: (blobId: string) => void;
  readonly #fetched: FetchedBlobs;
  readonly #fetches = new Map<string, Fetch>();
  /** Why the last try to fetch it failed. */
  readonly #faults = new Map<string, AttachmentFault>();
  readonly #turns: (() => void)[] = [];
  #running = 0;
  readonly #stopped = new AbortController();

  constructor(
    device: () => DeviceContext,
    transport: BlobTransport,
    local: LocalBlobs,
    told: (blobId: string) => void,
  ) {
    this.#device = device;
    this.#local = local;
    this.#told = told;
    this.#fetched = new FetchedBlobs(device, transport, local, {
      told,
      makeRoom: () => this.makeRoom(0),
    });
  }

  /** Goes on with what was being fetched. */
  connected(): void {
    const sources = this.#device().database.read((sql) =>
      wantedBlobs(sql).flatMap(({ blobId }) => {
        const attachment = attachmentOfBlob(sql, blobId);
        return (attachment === null ? null : blobSourceOf(attachment)) ?? [];
      }),
    );
    for (const source of sources) void this.fetch(source).catch(this.#device().caught);
  }

  stop(): void {
    this.#stopped.abort();
    for (const { abort } of this.#fetches.values()) abort.abort();
  }

  async read(source: BlobSource, start: number, end: number): Promise<Uint8Array | AttachmentFault> {
    const bytes = await this.#fetched.read(source, start, end, this.#stopped.signal);
    this.#note(source.blobId, typeof bytes === 'string' ? bytes : null);
    if (typeof bytes !== 'string') this.#keepWithinLimit();
    return bytes;
  }

  /** Fetches all of it; null once it is here. `offline` also where it was paused or cancelled. */
  fetch(source: BlobSource): Promise<AttachmentFault | null> {
    const present = this.#fetches.get(source.blobId);
    if (present !== undefined) return present.done;
    const abort = new AbortController();
    const done = this.#fetchInTurn(source, abort.signal).finally(() => {
      this.#fetches.delete(source.blobId);
      this.#told(source.blobId);
    });
    this.#fetches.set(source.blobId, { abort, done });
    return done;
  }

  async #fetchInTurn(source: BlobSource, signal: AbortSignal): Promise<AttachmentFault | null> {
    await this.#mark(source, { wanted: true, paused: false });
    while (this.#running >= fetchesAtOnce) await new Promise<void>((resolve) => this.#turns.push(resolve));
    this.#running += 1;
    try {
      if (signal.aborted) return 'offline';
      const fault = await this.#fetched.fetchWhole(source, signal);
      if (signal.aborted) return 'offline';
      this.#note(source.blobId, fault);
      // Without a connection it goes on once there is one; otherwise somebody has to ask for it.
      if (fault !== 'offline') await this.#mark(source, { wanted: false });
      if (fault === null) this.#keepWithinLimit();
      return fault;
    } finally {
      this.#running -= 1;
      this.#turns.shift()?.();
    }
  }

  async pause(source: BlobSource): Promise<void> {
    this.#fetches.get(source.blobId)?.abort.abort();
    await this.#mark(source, { wanted: true, paused: true });
    this.#told(source.blobId);
  }

  /** Ends fetching it, and lets go of what is here. */
  async cancel(source: BlobSource): Promise<void> {
    this.#fetches.get(source.blobId)?.abort.abort();
    await this.#fetches.get(source.blobId)?.done;
    await this.#remove((sql) => evictableBlobs(sql).filter(({ blobId }) => blobId === source.blobId));
  }

  transferOf(sql: Sql, blobId: string): TransferView {
    const stored = findBlob(sql, blobId);
    if (stored !== null && stored.chunks === null) return { kind: 'here' };
    const fault = this.#faults.get(blobId);
    const isHeld = fault !== undefined && !this.#fetches.has(blobId) && stored?.paused !== true;
    if (stored?.wanted === true && !isHeld) {
      const doneBytes = this.#fetched.hereBytes(blobId) ?? stored.hereBytes;
      return { kind: 'downloading', doneBytes, totalBytes: stored.sealedSizeBytes, paused: stored.paused };
    }
    return fault === undefined ? { kind: 'remote' } : { kind: 'failed', reason: fault };
  }

  usage(sql: Sql): { readonly fetchedBytes: number; readonly limitBytes: number } {
    const fetchedBytes = evictableBlobs(sql).reduce((sum, { hereBytes }) => sum + hereBytes, 0);
    return { fetchedBytes, limitBytes: fetchLimit(sql) };
  }

  async clear(): Promise<void> {
    await this.#remove(evictableBlobs);
  }

  /** Removes what no message names any more, and files that nothing knows of (a crash in between left them). */
  async sweep(): Promise<void> {
    // The journal is not to have them any longer either.
    if (await this.#remove(unnamedBlobs)) await this.#device().database.settle();
    await this.#local.sweep((name) => this.#device().database.read((sql) => isFileNamed(sql, name)));
  }

  /** Lets go of the least recently used above `limitBytes`; false where there was nothing to let go of. */
  makeRoom(limitBytes: number): Promise<boolean> {
    return this.#remove((sql) => {
      const blobs = evictableBlobs(sql).filter(({ blobId }) => !this.#fetches.has(blobId));
      let sum = blobs.reduce((bytes, { hereBytes }) => bytes + hereBytes, 0);
      const removed: StoredBlob[] = [];
      // The one that was used last stays, however large it is.
      for (const blob of blobs.slice(0, -1)) {
        if (sum <= limitBytes) break;
        sum -= blob.hereBytes;
        removed.push(blob);
      }
      return removed;
    });
  }

  #keepWithinLimit(): void {
    const { database, caught } = this.#device();
    const { fetchedBytes, limitBytes } = database.read((sql) => this.usage(sql));
    if (fetchedBytes > limitBytes) this.makeRoom(limitBytes).catch(caught);
  }

  async #remove(find: (sql: Sql) => readonly StoredBlob[]): Promise<boolean> {
    const { steps } = this.#device();
    const removed = await steps.run(async (step) => {
      const found = step.read(find);
      if (found.length > 0) {
        await step.commit((sql) => {
          for (const { blobId } of found) deleteBlob(sql, blobId);
        });
      }
      return found;
    });
    for (const { blobId, file } of removed) {
      this.#fetched.forget(blobId);
      await this.#local.remove(file).catch(() => undefined);
      this.#told(blobId);
    }
    return removed.length > 0;
  }

  #note(blobId: string, fault: AttachmentFault | null): void {
    const before = this.#faults.get(blobId);
    if (fault === null) this.#faults.delete(blobId);
    else this.#faults.set(blobId, fault);
    if (before !== (fault ?? undefined)) this.#told(blobId);
  }

  async #mark(source: BlobSource, change: Partial<Pick<StoredBlob, 'wanted' | 'paused'>>): Promise<void> {
    const { blobId } = source;
    await this.#fetched.keep(source);
    await this.#device().steps.run(async (step) => {
      const present = step.read((sql) => findBlob(sql, blobId));
      if (present !== null) await step.commit((sql) => storeBlob(sql, { ...present, ...change }));
    });
    this.#told(blobId);
  }
}
