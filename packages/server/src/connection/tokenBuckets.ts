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
 * Token buckets by key. Memory is bounded: beyond `maxKeys` the ones longest unused are forgotten, which can only
 * forgive. Clocks that go back add nothing.
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
    const before = this.#buckets.get(key);
    const grownMs = before === undefined ? 0 : Math.max(0, nowMs - before.atMs);
    const tokens =
      before === undefined ? burst : Math.min(burst, before.tokens + (grownMs * perSecond) / 1000);
    const allowed = tokens >= cost;
    const bucket = before ?? { tokens, atMs: nowMs };
    bucket.tokens = allowed ? tokens - cost : tokens;
    bucket.atMs = nowMs;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#maxKeys) this.#buckets.delete(this.#buckets.keys().next().value!);
    return allowed ? 0 : Math.ceil(((cost - tokens) * 1000) / perSecond);
  }
}
