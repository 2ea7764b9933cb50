/**
 * A file in memory, in blocks, that knows which of them differ from what is stored durably elsewhere. Invariant:
 * the durable view never shows a byte that `confirm` has not covered.
 */
export const blockSizeBytes = 4096;

export interface BlockChanges {
  readonly sizeBytes: number;
  /** New contents by block number; null: the block is gone. */
  readonly blocks: ReadonlyMap<number, Uint8Array | null>;
}

export type BlockView = 'present' | 'durable';

export class BlockFile {
  readonly #blocks: Map<number, Uint8Array>;
  /** What each block held when last durable, for those written since; null: it was not there. */
  readonly #before = new Map<number, Uint8Array | null>();
  #sizeBytes: number;
  #durableSizeBytes: number;

  constructor(sizeBytes: number, blocks: Map<number, Uint8Array>) {
    this.#sizeBytes = sizeBytes;
    this.#durableSizeBytes = sizeBytes;
    this.#blocks = blocks;
  }

  sizeBytes(view: BlockView): number {
    return view === 'present' ? this.#sizeBytes : this.#durableSizeBytes;
  }

  /** Fills `target` from `offset` on, with zeros beyond the end; returns how many bytes the file had for it. */
  read(view: BlockView, target: Uint8Array, offset: number): number {
    const available = Math.max(0, Math.min(target.length, this.sizeBytes(view) - offset));
    for (const { block, start, length, at } of blocksOf(offset, available)) {
      const bytes = this.#block(view, block);
      if (bytes === null) target.fill(0, at, at + length);
      else target.set(bytes.subarray(start, start + length), at);
    }
    target.fill(0, available);
    return available;
  }

  write(source: Uint8Array, offset: number): void {
    for (const { block, start, length, at } of blocksOf(offset, source.length)) {
      const old = this.#keepBefore(block);
      const bytes = new Uint8Array(blockSizeBytes);
      if (old !== null && length < blockSizeBytes) bytes.set(old);
      bytes.set(source.subarray(at, at + length), start);
      this.#blocks.set(block, bytes);
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, offset + source.length);
  }

  truncate(sizeBytes: number): void {
    for (
      let block = Math.ceil(sizeBytes / blockSizeBytes);
      block * blockSizeBytes < this.#sizeBytes;
      block++
    ) {
      this.#keepBefore(block);
      this.#blocks.delete(block);
    }
    this.#sizeBytes = Math.min(this.#sizeBytes, sizeBytes);
  }

  /** What is to be stored so that the present becomes durable; null where it is already. */
  changes(): BlockChanges | null {
    if (this.#before.size === 0 && this.#sizeBytes === this.#durableSizeBytes) return null;
    const blocks = new Map<number, Uint8Array | null>();
    for (const block of this.#before.keys()) blocks.set(block, this.#blocks.get(block) ?? null);
    return { sizeBytes: this.#sizeBytes, blocks };
  }

  /** The present is durable now. */
  confirm(): void {
    this.#before.clear();
    this.#durableSizeBytes = this.#sizeBytes;
  }

  /** The changes could not be stored: back to what is durable. */
  undo(): void {
    for (const [block, bytes] of this.#before) {
      if (bytes === null) this.#blocks.delete(block);
      else this.#blocks.set(block, bytes);
    }
    this.#before.clear();
    this.#sizeBytes = this.#durableSizeBytes;
  }

  #block(view: BlockView, block: number): Uint8Array | null {
    const before = view === 'durable' ? this.#before.get(block) : undefined;
    return before === undefined ? (this.#blocks.get(block) ?? null) : before;
  }

  #keepBefore(block: number): Uint8Array | null {
    const bytes = this.#blocks.get(block) ?? null;
    if (!this.#before.has(block)) this.#before.set(block, bytes);
    return bytes;
  }
}

/** The pieces of blocks that a range covers; `at` counts from the range's start. */
function* blocksOf(
  offset: number,
  length: number,
): Generator<{ block: number; start: number; length: number; at: number }> {
  for (let at = 0; at < length; ) {
    const start = (offset + at) % blockSizeBytes;
    const piece = Math.min(blockSizeBytes - start, length - at);
    yield { block: Math.floor((offset + at) / blockSizeBytes), start, length: piece, at };
    at += piece;
  }
}
