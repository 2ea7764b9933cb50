/** How much may go at once, and on average. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** A token bucket. Clocks that go back add nothing. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #atMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#atMs = nowMs;
  }

  /** Takes it even where there is less: then there is nothing until that has grown back. */
  spend(cost: number, nowMs: number): void {
    this.take(0, nowMs);
    this.#tokens -= cost;
  }

  /** False, and takes nothing, where there are not `cost` in it. */
  take(cost: number, nowMs: number): boolean {
    const grown = Math.max(0, nowMs - this.#atMs) * this.#rate.perSecond * 0.001;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + grown);
    this.#atMs = nowMs;
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }
}

/** Buckets by source. Memory is bounded: beyond `maxSources` the oldest are forgotten, which can only forgive. */
export class SourceBuckets {
  readonly #rate: Rate;
  readonly #maxSources: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate, maxSources = 50_000) {
    this.#rate = rate;
    this.#maxSources = maxSources;
  }

  take(source: string, nowMs: number): boolean {
    let bucket = this.#buckets.get(source);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#maxSources) this.#buckets.delete(this.#buckets.keys().next().value!);
      bucket = new TokenBucket(this.#rate, nowMs);
      this.#buckets.set(source, bucket);
    }
    return bucket.take(1, nowMs);
  }
}
