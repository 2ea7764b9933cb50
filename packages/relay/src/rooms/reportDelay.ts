/**
 * How long what goes to a receiver waits on its way, as its reports tell (RFC 3550 §6.4.1): from a sender report to the
 * receiver's word of it and back, without what the receiver kept it, and without the least that it took of late.
 */

/** The least is of so long, or of twice that: a way may become a longer one. */
const leastForMs = 15_000;
/** Reports that are remembered: some of each line. */
const maxSent = 512;

export class ReportDelay {
  /** When each was sent, by SSRC and time in it; null: it was sent twice, or answered, and tells nothing more. */
  readonly #sentAtMs = new Map<string, number | null>();
  #least: readonly [now: number, before: number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  #turnAtMs = 0;
  #waitedMs: number | null = null;

  sent(ssrc: number, compactNtp: number, nowMs: number): void {
    const key = `${ssrc} ${compactNtp}`;
    this.#sentAtMs.set(key, this.#sentAtMs.has(key) ? null : nowMs);
    if (this.#sentAtMs.size > maxSent) this.#sentAtMs.delete(this.#sentAtMs.keys().next().value!);
  }

  /** `sinceLastReport` in 1/65,536 s. */
  answered(ssrc: number, lastReport: number, sinceLastReport: number, nowMs: number): void {
    const key = `${ssrc} ${lastReport}`;
    const sentAtMs = this.#sentAtMs.get(key) ?? null;
    if (sentAtMs === null) return;
    // What is said of it again says nothing of now.
    this.#sentAtMs.set(key, null);
    const tookMs = nowMs - sentAtMs - sinceLastReport / 65.536;
    // That is made up.
    if (tookMs < -1) return;
    if (nowMs >= this.#turnAtMs) {
      this.#turnAtMs = nowMs + leastForMs;
      this.#least = [Number.POSITIVE_INFINITY, this.#least[0]];
    }
    const [now, before] = this.#least;
    this.#least = [Math.min(now, tookMs), before];
    this.#waitedMs = Math.max(this.#waitedMs ?? 0, tookMs - Math.min(tookMs, now, before));
  }

  /** The longest since it was asked for last; null: not known. */
  take(): number | null {
    const waitedMs = this.#waitedMs;
    this.#waitedMs = null;
    return waitedMs;
  }
}
