/** How often something may be done: `burst` at once, `perSecond` on average. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/**
 * Token buckets by key. Memory is bounded: beyond `maxKeys` the oldest are forgotten, which can only forgive.
 * Clocks that go back add nothing.
 */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #maxKeys: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, maxKeys = 50_000) {
    this.#rate = rate;
    this.#maxKeys = maxKeys;
  }

  /** Takes `cost` from the bucket of `key`: 0 where it had them, else after how many milliseconds it will. */
  take(key: string, cost: number, nowMs: number): number {
    const { burst, perSecond } = this.#rate;
    const bucket = this.#buckets.get(key) ?? this.#add(key, nowMs);
    const grownMs = Math.max(0, nowMs - bucket.atMs);
    const tokens = Math.min(burst, bucket.tokens + (grownMs * perSecond) / 1000);
    const allowed = tokens >= cost;
    bucket.tokens = allowed ? tokens - cost : tokens;
    bucket.atMs = nowMs;
    return allowed ? 0 : Math.ceil(((cost - tokens) * 1000) / perSecond);
  }

  /** Gives back what was taken for something that did not come to be. */
  giveBack(key: string, cost: number): void {
    const bucket = this.#buckets.get(key);
    if (bucket !== undefined) bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + cost);
  }

  #add(key: string, nowMs: number): Bucket {
    if (this.#buckets.size >= this.#maxKeys) this.#buckets.delete(this.#buckets.keys().next().value!);
    const bucket = { tokens: this.#rate.burst, atMs: nowMs };
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
