/** Which counters of one key were opened: a ring of bits behind the highest of them. */

export class ReplayWindow {
  readonly #size: number;
  readonly #seen: Uint8Array;
  /** -1n: none yet. */
  #highest = -1n;

  /** `size` in counters. */
  constructor(size: number) {
    this.#size = size;
    this.#seen = new Uint8Array(size);
  }

  /** Whether a frame with this counter may be opened. */
  judge(counter: bigint): 'fresh' | 'replayed' | 'tooOld' {
    if (counter > this.#highest) return 'fresh';
    if (this.#highest - counter >= BigInt(this.#size)) return 'tooOld';
    return this.#seen[this.#place(counter)] === 0 ? 'fresh' : 'replayed';
  }

  /** Only for what was authentic, and judged `fresh`. */
  mark(counter: bigint): void {
    if (counter > this.#highest) {
      const ahead = counter - this.#highest;
      if (ahead >= BigInt(this.#size)) this.#seen.fill(0);
      else
        for (let skipped = this.#highest + 1n; skipped < counter; skipped++)
          this.#seen[this.#place(skipped)] = 0;
      this.#highest = counter;
    }
    this.#seen[this.#place(counter)] = 1;
  }

  #place(counter: bigint): number {
    return Number(counter % BigInt(this.#size));
  }
}
