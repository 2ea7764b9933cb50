/** Bits per second over the last second. */
const bucketMs = 125;
const buckets = 8;

export class RateMeter {
  readonly #bytes = new Float64Array(buckets);
  #bucket = -1;
  #total = 0;

  add(sizeBytes: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#bytes[this.#bucket % buckets]! += sizeBytes;
    this.#total += sizeBytes;
  }

  bitsPerSecond(nowMs: number): number {
    this.#turn(nowMs);
    return (this.#total * 8 * 1000) / (bucketMs * buckets);
  }

  /** Forgets what is older than a second. */
  #turn(nowMs: number): void {
    const bucket = Math.floor(nowMs / bucketMs);
    if (bucket <= this.#bucket) return;
    for (let old = Math.max(this.#bucket + 1, bucket - buckets + 1); old <= bucket; old++) {
      this.#total -= this.#bytes[old % buckets]!;
      this.#bytes[old % buckets] = 0;
    }
    this.#bucket = bucket;
  }
}
