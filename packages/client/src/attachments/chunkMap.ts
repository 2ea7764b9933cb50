/** Which chunks of a blob are here: one bit each. */
export class ChunkMap {
  readonly #bits: Uint8Array;
  readonly count: number;
  #here = 0;

  /** `stored`: what `bytes` gave; one of another size counts as nothing being here. Null: all of it is. */
  constructor(count: number, stored: Uint8Array | null) {
    this.count = count;
    const sizeBytes = Math.ceil(count / 8);
    if (stored === null) {
      this.#bits = new Uint8Array(sizeBytes).fill(0xff);
      this.#here = count;
      return;
    }
    this.#bits = stored.length === sizeBytes ? stored.slice() : new Uint8Array(sizeBytes);
    for (let index = 0; index < count; index++) if (this.has(index)) this.#here += 1;
  }

  has(index: number): boolean {
    return index < this.count && ((this.#bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  add(index: number): void {
    if (index >= this.count || this.has(index)) return;
    this.#bits[index >> 3]! |= 1 << (index & 7);
    this.#here += 1;
  }

  remove(index: number): void {
    if (!this.has(index)) return;
    this.#bits[index >> 3]! &= ~(1 << (index & 7));
    this.#here -= 1;
  }

  get hereCount(): number {
    return this.#here;
  }

  get isWhole(): boolean {
    return this.#here === this.count;
  }

  /** Null where all are here. */
  get bytes(): Uint8Array | null {
    return this.isWhole ? null : this.#bits.slice();
  }
}
