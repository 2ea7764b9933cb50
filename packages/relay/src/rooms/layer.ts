/**
 * One stream of packets that comes from a seat: sound, or one size of a picture. It knows what came and what is missing,
 * keeps the last packets of pictures to send them again, and asks its sender for key frames, not more often than that is
 * of use to anybody.
 */
import { sequenceDelta } from '../rtp/numbers.ts';
import type { ReportBlock, SenderReport } from '../rtp/rtcp.ts';
import type { RtpPacket } from '../rtp/rtpPacket.ts';
import { TokenBucket } from '../turn/tokenBucket.ts';
import { RateMeter } from './rateMeter.ts';

/** How many packets back one may come, and is kept: two seconds of a large picture. */
const window = 512;
const maxMissing = 128;
const nackEveryMs = 90;
const nackTries = 6;
/** Browsers report each second; whatever comes, receivers get no more than that. */
const reportGapMs = 200;
/** Requests that come within this are one. */
const keyRequestGapMs = 300;
const keyRequestRate = { burst: 6, perSecond: 1 };

interface Missing {
  tries: number;
  atMs: number;
}

/** Whether a packet is to be forwarded. */
export type Arrival = 'new' | 'duplicate' | 'late';

export class Layer {
  /** 0 the smallest. */
  readonly index: number;
  /** 0: nothing came yet. */
  ssrc = 0;
  /** Rises when its numbers begin anew. */
  run = 0;
  readonly #clockRate: number;
  /** By the number's place in the window: which it was. */
  readonly #seen = new Int32Array(window).fill(-1);
  readonly #packets: (Buffer | undefined)[] | null;
  readonly #missing = new Map<number, Missing>();
  readonly #rate = new RateMeter();
  #keyRequests: TokenBucket;
  /** Numbers that do not run over; −1: nothing came yet. */
  highest = -1;
  #first = 0;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #jitter = 0;
  #transit = 0;
  #report: SenderReport | null = null;
  #reportAtMs = 0;
  lastAtMs = Number.NEGATIVE_INFINITY;
  /** A late packet that the next one follows says that the stream began anew. */
  #restartAt = -1;
  #keyRequestedAtMs = Number.NEGATIVE_INFINITY;
  #isKeyWanted = false;
  /** Bits per second, slowly following; 0: not known. */
  smoothBps = 0;

  constructor(index: number, isPicture: boolean, nowMs: number) {
    this.index = index;
    this.#clockRate = isPicture ? 90_000 : 48_000;
    this.#packets = isPicture ? new Array(window) : null;
    this.#keyRequests = new TokenBucket(keyRequestRate, nowMs);
  }

  /** Another SSRC is this layer from now on: nothing of the one before counts. */
  bind(ssrc: number): void {
    this.ssrc = ssrc;
    this.#restart();
    this.#report = null;
  }

  #restart(): void {
    this.run += 1;
    this.highest = -1;
    this.#seen.fill(-1);
    this.#packets?.fill(undefined);
    this.#missing.clear();
    this.#received = 0;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
    this.#restartAt = -1;
  }

  /** `isResent`: by RTX, whose time says nothing of the network. The number without run-over is `numberOf`. */
  accept(packet: RtpPacket, nowMs: number, isResent: boolean, isWatched: boolean): Arrival {
    if (this.highest < 0) {
      // Room below, for what comes late.
      this.highest = packet.sequence + 0x10000;
      this.#first = this.highest;
    }
    let number = this.numberOf(packet.sequence);
    if (number <= this.highest - window) {
      if (packet.sequence !== this.#restartAt) {
        this.#restartAt = (packet.sequence + 1) & 0xffff;
        return 'late';
      }
      this.#restart();
      this.highest = packet.sequence + 0x10000;
      this.#first = this.highest;
      number = this.highest;
    }
    const place = number % window;
    if (this.#seen[place] === number) return 'duplicate';
    this.#seen[place] = number;
    if (number > this.highest) {
      if (isWatched && this.#packets !== null) this.#miss(number);
      this.highest = number;
    } else this.#missing.delete(number);
    if (this.#packets !== null) this.#packets[place] = packet.bytes;
    this.#received += 1;
    this.#rate.add(packet.bytes.length, nowMs);
    this.lastAtMs = nowMs;
    if (!isResent) this.#time(packet.timestamp, nowMs);
    return 'new';
  }

  /** Without run-over, near what came last. */
  numberOf(sequence: number): number {
    return this.highest + sequenceDelta(sequence, this.highest & 0xffff);
  }

  /** A packet of a picture that came, if it is kept still. */
  packet(number: number): Buffer | null {
    if (this.#packets === null || this.#seen[number % window] !== number) return null;
    return this.#packets[number % window] ?? null;
  }

  bitsPerSecond(nowMs: number): number {
    return this.#rate.bitsPerSecond(nowMs);
  }

  arrives(nowMs: number, withinMs: number): boolean {
    return nowMs - this.lastAtMs <= withinMs;
  }

  /** RFC 3550 §6.4.1. */
  #time(timestamp: number, nowMs: number): void {
    const transit = (nowMs * this.#clockRate) / 1000 - timestamp;
    const change = Math.abs(transit - this.#transit);
    this.#transit = transit;
    if (this.#received > 1 && change < this.#clockRate) this.#jitter += (change - this.#jitter) / 16;
  }

  #miss(number: number): void {
    const gap = number - this.highest;
    if (gap > maxMissing) this.#missing.clear();
    for (let missing = Math.max(this.highest + 1, number - maxMissing); missing < number; missing++) {
      this.#missing.set(missing, { tries: 0, atMs: Number.NEGATIVE_INFINITY });
    }
    for (const oldest of this.#missing.keys()) {
      if (this.#missing.size <= maxMissing) break;
      this.#missing.delete(oldest);
    }
  }

  /** What the sender is to send again now, rising. */
  takeMissing(nowMs: number): number[] {
    if (this.#missing.size === 0) return [];
    const asked: number[] = [];
    for (const [number, missing] of this.#missing) {
      if (missing.tries === nackTries || number <= this.highest - window) this.#missing.delete(number);
      else if (nowMs - missing.atMs >= nackEveryMs) {
        missing.tries += 1;
        missing.atMs = nowMs;
        asked.push(number & 0xffff);
      }
    }
    return asked;
  }

  /** False: too soon after the one before, of which all who watch were told. */
  takeReport(report: SenderReport, nowMs: number): boolean {
    if (this.#report !== null && nowMs - this.#reportAtMs < reportGapMs) return false;
    this.#report = report;
    this.#reportAtMs = nowMs;
    return true;
  }

  get senderReport(): SenderReport | null {
    return this.#report;
  }

  /** Of what came since the block before. */
  takeBlock(nowMs: number): ReportBlock {
    const expected = this.highest - this.#first + 1;
    const expectedNow = expected - this.#expectedBefore;
    const receivedNow = this.#received - this.#receivedBefore;
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    const lostNow = Math.max(0, expectedNow - receivedNow);
    return {
      ssrc: this.ssrc,
      fractionLost: expectedNow > 0 ? Math.min(255, Math.floor((lostNow * 256) / expectedNow)) : 0,
      lost: expected - this.#received,
      highestSequence: (this.highest - 0x10000) >>> 0,
      jitter: Math.round(this.#jitter) >>> 0,
      lastReport: this.#report?.compactNtp ?? 0,
      sinceLastReport: this.#report === null ? 0 : Math.round((nowMs - this.#reportAtMs) * 65.536) >>> 0,
    };
  }

  /** Somebody needs a key frame. It is asked for with `takeKeyRequest`. */
  wantKey(): void {
    this.#isKeyWanted = true;
  }

  /** One came: whoever waited has it. */
  keyCame(): void {
    this.#isKeyWanted = false;
  }

  /** True where the sender is to be asked now. */
  takeKeyRequest(nowMs: number): boolean {
    if (!this.#isKeyWanted || this.ssrc === 0) return false;
    if (nowMs - this.#keyRequestedAtMs < keyRequestGapMs || !this.#keyRequests.take(1, nowMs)) return false;
    this.#isKeyWanted = false;
    this.#keyRequestedAtMs = nowMs;
    return true;
  }
}
