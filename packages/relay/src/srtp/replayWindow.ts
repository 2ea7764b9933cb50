/** Which packets were seen (RFC 3711 §3.3.2): the newest index, and those of `windowSize` before it. */

/** As wide as browsers have it: at 1,000 packets a second, a second of reordering. */
const windowSize = 1024;

export class ReplayWindow {
  /** -1: none was seen. */
  highest = -1;
  readonly #seen = new Uint32Array(windowSize / 32);

  /** Whether it was seen, or is too old to tell. */
  has(index: number): boolean {
    if (index > this.highest) return false;
    if (index <= this.highest - windowSize) return true;
    const bit = index % windowSize;
    return (this.#seen[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }

  /** Only of what is authentic, and was not seen. */
  add(index: number): void {
    if (index > this.highest) {
      if (index - this.highest >= windowSize) this.#seen.fill(0);
      else for (let i = this.highest + 1; i < index; i++) this.#clear(i);
      this.highest = index;
    }
    const bit = index % windowSize;
    this.#seen[bit >>> 5]! |= 1 << (bit & 31);
  }

  #clear(index: number): void {
    const bit = index % windowSize;
    this.#seen[bit >>> 5]! &= ~(1 << (bit & 31));
  }
}
