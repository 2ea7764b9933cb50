/**
 * How much of pictures one receiver can take beside sound. Its own word (REMB) follows what comes, at most half as much again: it says nothing of
 * what there is while little is sent, and browsers with an idle camera say nothing at all. So it counts as a bound only
 * where it is less than what has been sent for a while; else the estimate stays, and grows while it is used and nothing
 * gets lost.
 */

const startBps = 1_500_000;
const leastBps = 60_000;
const mostBps = 50_000_000;
/** Below that, what a receiver says follows from too few packets. */
const tellingBps = 100_000;
const boundPart = 0.95;
/** Of what came through a full line: the rest is for the queue to get empty. */
const fullPart = 0.8;
const lossOfCut = 0.15;
const lossOfMuch = 0.3;
const lossOfRise = 0.03;
/** What was not tried says nothing. */
const usedPart = 0.7;
/** A second; the careful one near a bound that was met lately. */
const rise = 1.2;
const carefulRise = 1.08;
const slowRise = 1.03;
const boundForgottenMs = 30_000;
/** After a bound the receiver's word alone may raise it. */
const boundHoldMs = 3000;
/** What waits for longer waits in a queue: nothing rises. */
const waitOfRiseMs = 80;
/** With loss, the queue is full. */
const waitOfLossMs = 150;
/** So long three seconds on end it is too much by itself. Busy machines wait, too: that alone pauses no small picture. */
const waitOfCutMs = 250;
const secondsOfCut = 3;
const leastByWaitBps = 200_000;
const overrunMs = 1000;
/** Nothing is known of a line that nothing goes by. */
const waitForgottenMs = 4000;
/** A rise of what is sent is seen there later than here; and reports are of what was sent so long ago at most. */
const secondsSent = 2;
const secondsReported = 3;

/** What was seen in a second. */
interface Weighed {
  readonly sentBps: number;
  /** What is to go on where the line does not take what tries it beside; null: nothing tried it. */
  readonly keptBps: number | null;
  /** Which part of it got lost; null: not known. */
  readonly lostPart: number | null;
  /** How long it waited on its way, beyond what it takes anyway; null: not known. */
  readonly waitedMs: number | null;
}

export class Bandwidth {
  #bps = startBps;
  #boundAtMs = Number.NEGATIVE_INFINITY;
  /** More was sent than went through. */
  #overrunAtMs = Number.NEGATIVE_INFINITY;
  /** What the line took when it was full; infinite: it takes more by now, or never was. */
  #fullBps = Number.POSITIVE_INFINITY;
  #waitedMs = 0;
  #secondsWaited = 0;
  #waitedAtMs = Number.NEGATIVE_INFINITY;
  /** Of the last seconds. */
  readonly #sentBps: number[] = [];

  get estimateBps(): number {
    return this.#bps;
  }

  /** Whether what is on the way is too much, so that less must be sent at once. */
  isOverrun(nowMs: number): boolean {
    return nowMs - this.#overrunAtMs < overrunMs;
  }

  /** Whether there may be more room than is used. */
  get mayProbe(): boolean {
    return this.#waitedMs <= waitOfRiseMs;
  }

  /** REMB. */
  told(bitsPerSecond: number, sentBps: number, nowMs: number): void {
    const surelySentBps =
      this.#sentBps.length < secondsSent ? 0 : Math.min(sentBps, ...this.#sentBps.slice(0, secondsSent));
    if (surelySentBps > tellingBps && bitsPerSecond < surelySentBps * boundPart) {
      this.#bound(bitsPerSecond, nowMs);
    } else this.#bps = Math.min(mostBps, Math.max(this.#bps, bitsPerSecond));
  }

  /** Each second. */
  weigh({ sentBps, keptBps, lostPart, waitedMs }: Weighed, nowMs: number): void {
    this.#sentBps.unshift(sentBps);
    this.#sentBps.length = Math.min(this.#sentBps.length, secondsReported);
    const lost = lostPart ?? 0;
    const sinceBoundMs = nowMs - this.#boundAtMs;
    if (waitedMs !== null || nowMs - this.#waitedAtMs > waitForgottenMs) {
      this.#waitedMs = waitedMs ?? 0;
      this.#waitedAtMs = nowMs;
      this.#secondsWaited = this.#waitedMs > waitOfCutMs ? this.#secondsWaited + 1 : 0;
    }
    // Who tries the line stops first: what goes on by it may be well then.
    if (keptBps !== null && lost < lossOfMuch && (lost > lossOfRise || !this.mayProbe)) {
      this.#fullBps = Math.max(keptBps, sentBps * (1 - lost));
      this.#bound(Math.max(keptBps, this.#bps * fullPart), nowMs);
      return;
    }
    const isFull = this.#waitedMs > waitOfLossMs && lost > lossOfRise;
    const isLate = this.#secondsWaited >= secondsOfCut;
    if (lost > lossOfCut || isFull || isLate) {
      // A queue gets empty slowly: until then it says again what it said.
      if (lost <= lossOfCut && sinceBoundMs < boundHoldMs) return;
      // Reports are of what was sent a while ago. What came through a full line is what it takes; on another one some
      // gets lost, whatever is sent.
      const sentThenBps = Math.max(leastBps, ...this.#sentBps);
      const cameBps = sentThenBps * (1 - lost);
      if (isFull) this.#overrun(cameBps * fullPart, cameBps, nowMs);
      else if (isLate) this.#overrun(Math.max(leastByWaitBps, cameBps * fullPart), cameBps, nowMs);
      else this.#overrun(Math.min(this.#bps, sentThenBps) * (1 - lost / 2), this.#fullBps, nowMs);
      return;
    }
    const mayRise = sinceBoundMs > boundHoldMs && lost <= lossOfRise && this.mayProbe;
    if (!mayRise || sentBps < this.#bps * usedPart) return;
    // Where no picture goes there is none to lose.
    const isForgotten = keptBps === 0 || sinceBoundMs > boundForgottenMs;
    const isNear = this.#bps * carefulRise > this.#fullBps;
    this.#bps = Math.min(mostBps, this.#bps * (isForgotten ? rise : isNear ? slowRise : carefulRise));
    if (this.#bps > this.#fullBps * rise) this.#fullBps = Number.POSITIVE_INFINITY;
  }

  #overrun(bitsPerSecond: number, fullBps: number, nowMs: number): void {
    this.#fullBps = fullBps;
    this.#overrunAtMs = nowMs;
    this.#bound(bitsPerSecond, nowMs);
  }

  #bound(bitsPerSecond: number, nowMs: number): void {
    this.#bps = Math.max(leastBps, Math.min(this.#bps, bitsPerSecond));
    this.#boundAtMs = nowMs;
  }
}
