/**
 * What goes to one seat: its slots, what it asks to be sent again, how much it can take, and who gets how much of that.
 */
import { randomInt } from 'node:crypto';
import type { ReportBlock } from '../rtp/rtcp.ts';
import { TokenBucket } from '../turn/tokenBucket.ts';
import { allocate, type Wish } from './allocate.ts';
import { Bandwidth } from './bandwidth.ts';
import { RateMeter } from './rateMeter.ts';
import { ReportDelay } from './reportDelay.ts';
import type { RoomCounters } from './roomCounters.ts';
import type { RoomLimits } from './roomLimits.ts';
import type { Extensions, PayloadTypes, ReceiveLine } from './seatRequest.ts';
import { Slot, type SlotPath } from './slot.ts';

/** Of the estimate, for pictures; the rest is to spare. */
const usedPart = 0.95;
/** Until layers may rise again after there was not enough; doubling while that fails. */
const riseHoldMs = 1500;
const longestRiseHoldMs = 6000;
/** A rise after a fall that another fall follows within this has failed. */
const riseProvedMs = 10_000;
/** Of what the next step takes: more than that, so that there is room to spare. */
const probedPart = 1.4;
/** What is sent again takes no more of the estimate; on a full line it is what gets lost next. */
const resentPart = 0.25;
const resentPartWhenFull = 0.03;
/** Of what goes, where the line takes no more: what pictures take goes up and down. */
const keptPart = 1.15;
/** Of one sweep, so that a probe is no burst. */
const probesAtOnce = 8;

export class Downlink implements SlotPath {
  readonly payloadTypes: PayloadTypes;
  readonly absSendTimeId: number;
  readonly audioLevelId: number;
  readonly slots = new Map<string, Slot>();
  readonly #bySsrc = new Map<number, Slot>();
  readonly #counters: RoomCounters;
  readonly #transport: { sendRtp(packet: Buffer): boolean; sendRtcp(packet: Buffer): boolean };
  readonly #bandwidth = new Bandwidth();
  /** Of pictures: browsers estimate by those alone, and sound goes whatever there is. */
  readonly #sent = new RateMeter();
  readonly #resends: TokenBucket;
  readonly #resentBps: number;
  readonly #delay = new ReportDelay();
  /** Since the last second began: expected by the receiver, and lost. */
  #expected = 0;
  #lost = 0;
  readonly #highest = new Map<number, number>();
  #riseAtMs = 0;
  #riseHoldMs = riseHoldMs;
  #roseAtMs = Number.NEGATIVE_INFINITY;
  /** What the layers take that pictures go by. */
  #takenBps = 0;
  /** What is sent beside media, and the part of what was sent of late that was. */
  #probeBps = 0;
  readonly #probed = new RateMeter();
  #probedAtMs: number;
  #owedBytes = 0;

  constructor(options: {
    payloadTypes: PayloadTypes;
    extensions: Extensions;
    counters: RoomCounters;
    limits: RoomLimits;
    transport: { sendRtp(packet: Buffer): boolean; sendRtcp(packet: Buffer): boolean };
    nowMs: number;
  }) {
    this.payloadTypes = options.payloadTypes;
    this.absSendTimeId = options.extensions.absSendTime;
    this.audioLevelId = options.extensions.audioLevel;
    this.#counters = options.counters;
    this.#transport = options.transport;
    this.#resends = new TokenBucket(options.limits.resentBytesPerSeat, options.nowMs);
    this.#resentBps = options.limits.resentBytesPerSeat.perSecond * 8;
    this.#probedAtMs = options.nowMs;
  }

  add({ mid, isPicture }: ReceiveLine): void {
    const ssrc = this.#freeSsrc();
    const slot = new Slot({ mid, isPicture, ssrc, rtxSsrc: isPicture ? this.#freeSsrc(ssrc) : 0 }, this);
    this.slots.set(mid, slot);
    this.#bySsrc.set(ssrc, slot);
    if (slot.rtxSsrc !== 0) this.#bySsrc.set(slot.rtxSsrc, slot);
  }

  #freeSsrc(besides = 0): number {
    for (;;) {
      const ssrc = randomInt(2, 0xffff_ffff);
      if (ssrc !== besides && !this.#bySsrc.has(ssrc)) return ssrc;
    }
  }

  sendRtp(packet: Buffer, isPicture: boolean, nowMs: number): boolean {
    if (!this.#transport.sendRtp(packet)) {
      this.#counters.droppedUnsent += 1;
      return false;
    }
    this.#counters.sentPackets += 1;
    this.#counters.sentBytes += packet.length;
    if (isPicture) this.#sent.add(packet.length, nowMs);
    return true;
  }

  sendReport(packet: Buffer, ssrc: number, compactNtp: number, nowMs: number): void {
    if (this.#transport.sendRtcp(packet)) this.#delay.sent(ssrc, compactNtp, nowMs);
  }

  nack(ssrc: number, sequences: readonly number[], nowMs: number): void {
    const slot = this.#bySsrc.get(ssrc);
    if (slot === undefined) return;
    // The budget is of bytes on a line that takes them: on a smaller one each counts more.
    const { estimateBps, mayProbe } = this.#bandwidth;
    const part = mayProbe ? resentPart : resentPartWhenFull;
    const weight = Math.max(1, this.#resentBps / (estimateBps * part));
    for (const sequence of sequences) {
      if (!this.#resends.take(0, nowMs)) return;
      const sizeBytes = slot.resend(sequence, nowMs);
      if (sizeBytes === 0) continue;
      this.#counters.resentPackets += 1;
      this.#resends.spend(sizeBytes * weight, nowMs);
    }
  }

  pictureLoss(ssrc: number, nowMs: number): void {
    this.#counters.pictureRequests += 1;
    this.#bySsrc.get(ssrc)?.askForKey(nowMs);
  }

  remb(bitsPerSecond: number, nowMs: number): void {
    this.#bandwidth.told(bitsPerSecond, this.#sent.bitsPerSecond(nowMs), nowMs);
  }

  block(
    { ssrc, fractionLost, highestSequence, lastReport, sinceLastReport }: ReportBlock,
    nowMs: number,
  ): void {
    if (!this.#bySsrc.has(ssrc)) return;
    this.#delay.answered(ssrc, lastReport, sinceLastReport, nowMs);
    const before = this.#highest.get(ssrc);
    this.#highest.set(ssrc, highestSequence);
    const expected = before === undefined ? 0 : highestSequence - before;
    if (expected <= 0 || expected > 100_000) return;
    this.#expected += expected;
    this.#lost += (expected * fractionLost) / 256;
  }

  /** Every second. */
  weigh(nowMs: number): void {
    // Of a handful of packets nothing follows.
    const isKnown = this.#expected >= 20;
    const lostPart = isKnown ? this.#lost / this.#expected : null;
    const waitedMs = this.#delay.take();
    const sentBps = this.#sent.bitsPerSecond(nowMs);
    const probedBps = this.#probed.bitsPerSecond(nowMs);
    const goingBps = this.#takenBps === 0 ? 0 : Math.max(this.#takenBps, sentBps - probedBps);
    const keptBps = probedBps === 0 ? null : goingBps * keptPart;
    this.#bandwidth.weigh({ sentBps, keptBps, lostPart, waitedMs }, nowMs);
    if (!isKnown) return;
    this.#expected = 0;
    this.#lost = 0;
  }

  /** Five times a second: shares out what there is. */
  share(nowMs: number): void {
    const { estimateBps } = this.#bandwidth;
    const slots = [...this.slots.values()]
      .filter(({ isPicture, source, watch }) => isPicture && source !== null && watch !== null)
      .sort((a, b) => a.watch!.order - b.watch!.order);
    const wishes = slots.map(({ source, watch, target }): Wish => {
      const costs = source!.layers.map(({ index }) => source!.costOf(index));
      return { costs, maxLayer: watch!.maxLayer, isPriority: watch!.isPriority, before: target };
    });
    const availableBps = estimateBps * usedPart;
    const { targets, missingBps } = allocate(wishes, availableBps, nowMs >= this.#riseAtMs);
    this.#take(slots, wishes, targets, nowMs);
    if (this.#bandwidth.isOverrun(nowMs)) for (const slot of slots) slot.cut();
    this.#takenBps = wishes.reduce((sum, { costs }, i) => sum + (costs[targets[i]!] ?? 0), 0);
    this.#probeBps = 0;
    if (missingBps > 0 && this.#bandwidth.mayProbe) {
      // What has only begun to go counts for what it will take.
      const sentBps = this.#sent.bitsPerSecond(nowMs) - this.#probed.bitsPerSecond(nowMs);
      const mediaBps = Math.max(this.#takenBps, sentBps);
      this.#probeBps = Math.max(0, Math.min(missingBps * probedPart, estimateBps - mediaBps));
    }
  }

  #take(slots: readonly Slot[], wishes: readonly Wish[], targets: readonly number[], nowMs: number): void {
    let hasFallen = false;
    let hasRisen = false;
    for (const [i, slot] of slots.entries()) {
      const target = targets[i]!;
      const { before, maxLayer } = wishes[i]!;
      if (target < Math.min(before, maxLayer)) hasFallen = true;
      if (target > before) hasRisen = true;
      slot.target = target;
    }
    if (hasFallen) {
      const isFailure = nowMs - this.#roseAtMs < riseProvedMs;
      this.#riseHoldMs = isFailure ? Math.min(this.#riseHoldMs * 2, longestRiseHoldMs) : riseHoldMs;
      this.#riseAtMs = nowMs + this.#riseHoldMs;
    } else if (hasRisen && this.#riseAtMs > 0) this.#roseAtMs = nowMs;
  }

  /** Ten times a second. */
  steer(nowMs: number): void {
    for (const slot of this.slots.values()) if (slot.watch !== null) slot.steer(nowMs);
  }

  /** Each sweep: as much padding as it takes to find out whether there is more room. */
  probe(nowMs: number): void {
    const passedMs = Math.min(nowMs - this.#probedAtMs, 100);
    this.#probedAtMs = nowMs;
    if (this.#probeBps === 0) return;
    this.#owedBytes = Math.min(this.#owedBytes + (this.#probeBps * passedMs) / 8000, 20_000);
    const slot = this.#probingSlot();
    if (slot === null) return;
    for (let i = 0; i < probesAtOnce && this.#owedBytes > 0; i++) {
      const sizeBytes = slot.probe(nowMs);
      if (sizeBytes === 0) return;
      this.#counters.probePackets += 1;
      this.#probed.add(sizeBytes, nowMs);
      this.#owedBytes -= sizeBytes;
    }
  }

  /** One that shows something, for its packets are large; else any. */
  #probingSlot(): Slot | null {
    let found: Slot | null = null;
    for (const slot of this.slots.values()) {
      if (!slot.isPicture) continue;
      if (slot.current >= 0) return slot;
      found ??= slot;
    }
    return found;
  }

  /** Nothing is shown any more. */
  close(): void {
    for (const slot of this.slots.values()) slot.show(null);
  }
}
