import { limits } from '@sotto/protocol';
import { encodeEntriesPushFast } from '../hotCodec.ts';
import type { Appended, LogKey, StoredEntry } from '../store/store.ts';

/** What one commit appended to one log; its frames are encoded once for all subscribers. */
export class AppendedBatch {
  readonly log: LogKey;
  readonly entries: readonly Appended[];
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** False: what is here cannot be sent, only what the store reads. */
  readonly isWhole: boolean;
  #frames: readonly Uint8Array[] | undefined;

  constructor(entries: readonly [Appended, ...Appended[]]) {
    this.log = entries[0].log;
    this.entries = entries;
    this.firstSeq = entries[0].seq;
    this.lastSeq = entries.at(-1)!.seq;
    this.isWhole = entries.every((entry) => entry.isWhole);
  }

  get frames(): readonly Uint8Array[] {
    this.#frames ??= encodeEntries(this.log, this.entries);
    return this.#frames;
  }
}

/** Pushes of `entries`, each within `limits.entriesPerPush` and, unless one alone exceeds it, `pushSizeBytes`. */
export function encodeEntries(log: LogKey, entries: readonly StoredEntry[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let page: Uint8Array[] = [];
  let sizeBytes = 0;
  for (const { bytes } of entries) {
    const isFull = page.length === limits.entriesPerPush || sizeBytes + bytes.length > limits.pushSizeBytes;
    if (page.length > 0 && isFull) {
      frames.push(encodeEntriesPushFast(log, page));
      page = [];
      sizeBytes = 0;
    }
    page.push(bytes);
    sizeBytes += bytes.length;
  }
  if (page.length > 0) frames.push(encodeEntriesPushFast(log, page));
  return frames;
}
