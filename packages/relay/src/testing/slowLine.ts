/**
 * For tests: a line that takes so many bits in a second. What comes faster waits, and gets lost where it would wait for
 * longer than the line's queue is. Time by parameter; nothing of it in the product.
 */

export interface LineConditions {
  readonly bitsPerSecond: number;
  /** How long what waits may wait. */
  readonly queueMs: number;
}

export class SlowLine {
  #conditions: LineConditions;
  readonly #waiting: { readonly bytes: Buffer; readonly atMs: number }[] = [];
  /** When what was taken last is through. */
  #freeAtMs = 0;
  delivered = 0;
  lost = 0;

  constructor(conditions: LineConditions) {
    this.#conditions = conditions;
  }

  /** For what comes from now on. */
  set(conditions: LineConditions): void {
    this.#conditions = conditions;
  }

  /** How long what comes now will wait. */
  delayMs(nowMs: number): number {
    return Math.max(0, this.#freeAtMs - nowMs);
  }

  /** What the line takes, or loses. */
  push(bytes: Buffer, nowMs: number): void {
    const { bitsPerSecond, queueMs } = this.#conditions;
    const delayMs = this.delayMs(nowMs);
    if (delayMs > queueMs) {
      this.lost += 1;
      return;
    }
    this.#freeAtMs = nowMs + delayMs + (bytes.length * 8000) / bitsPerSecond;
    this.#waiting.push({ bytes, atMs: this.#freeAtMs });
  }

  /** What is through by now, in order. */
  take(nowMs: number): readonly Buffer[] {
    let count = 0;
    while (count < this.#waiting.length && this.#waiting[count]!.atMs <= nowMs) count += 1;
    this.delivered += count;
    return this.#waiting.splice(0, count).map(({ bytes }) => bytes);
  }
}
