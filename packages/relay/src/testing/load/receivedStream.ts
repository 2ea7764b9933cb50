/** What comes to a participant under one SSRC: what is missing, and what there is to report of it (RFC 3550 §6.4 and A.3). */
import { sequenceDelta } from '../../rtp/numbers.ts';
import type { ReportBlock } from '../../rtp/rtcp.ts';

const nackTries = 4;
const nackEveryMs = 60;
/** A longer gap is no loss, but another beginning. */
const maxGap = 500;

interface Missing {
  tries: number;
  askAtMs: number;
}

export class ReceivedStream {
  readonly ssrc: number;
  packets = 0;
  /** Of them, such as came a second time, or after they were given up. */
  lateOrTwice = 0;
  #base = -1;
  /** With the times that the number began anew. */
  #highest = -1;
  #reportedExpected = 0;
  #reportedPackets = 0;
  #lastReport = 0;
  #lastReportAtMs = 0;
  readonly #missing = new Map<number, Missing>();

  constructor(ssrc: number) {
    this.ssrc = ssrc;
  }

  get missingPackets(): number {
    return this.#missing.size;
  }

  isMissing(sequence: number): boolean {
    return this.#missing.has(sequence);
  }

  /** A packet, or what one that was sent again brought back. */
  take(sequence: number, nowMs: number): void {
    this.packets += 1;
    if (this.#highest < 0) {
      this.#base = sequence;
      this.#highest = sequence;
      return;
    }
    const ahead = sequenceDelta(sequence, this.#highest & 0xffff);
    if (ahead <= 0) {
      if (!this.#missing.delete(sequence)) this.lateOrTwice += 1;
      return;
    }
    if (ahead > 1 && ahead <= maxGap) {
      for (let number = this.#highest + 1; number < this.#highest + ahead; number++)
        this.#missing.set(number & 0xffff, { tries: 0, askAtMs: nowMs });
    }
    this.#highest += ahead;
  }

  /** Numbers to ask for now, rising as they were missed. */
  due(nowMs: number): number[] {
    const due: number[] = [];
    for (const [sequence, missing] of this.#missing) {
      if (missing.askAtMs > nowMs) continue;
      if (missing.tries >= nackTries) {
        this.#missing.delete(sequence);
        continue;
      }
      missing.tries += 1;
      missing.askAtMs = nowMs + nackEveryMs;
      due.push(sequence);
    }
    return due;
  }

  takeSenderReport(compactNtp: number, nowMs: number): void {
    this.#lastReport = compactNtp;
    this.#lastReportAtMs = nowMs;
  }

  report(nowMs: number): ReportBlock {
    const expected = this.#highest - this.#base + 1;
    const [sinceExpected, sincePackets] = [
      expected - this.#reportedExpected,
      this.packets - this.#reportedPackets,
    ];
    this.#reportedExpected = expected;
    this.#reportedPackets = this.packets;
    const lost = Math.max(0, sinceExpected - sincePackets);
    return {
      ssrc: this.ssrc,
      fractionLost: sinceExpected <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / sinceExpected)),
      lost: expected - this.packets,
      highestSequence: this.#highest >>> 0,
      jitter: 0,
      lastReport: this.#lastReport,
      sinceLastReport:
        this.#lastReport === 0 ? 0 : Math.round(((nowMs - this.#lastReportAtMs) * 65_536) / 1000),
    };
  }
}
