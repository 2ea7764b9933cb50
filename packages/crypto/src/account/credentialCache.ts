/**
 * Signatures on device credentials that were found good, so that each is checked once. Only the signature is
 * remembered: whether the chain lists the device is looked up each time.
 */
export class CredentialCache {
  readonly #limit: number;
  readonly #known = new Set<string>();

  /** Holds up to `limit` credentials; the oldest goes first. */
  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  has(digest: string): boolean {
    return this.#known.has(digest);
  }

  add(digest: string): void {
    if (this.#known.size >= this.#limit) {
      for (const oldest of this.#known) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.add(digest);
  }
}
