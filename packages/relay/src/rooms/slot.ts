/**
 * One line of a receiver. Its SSRC stays whatever it shows: sequence numbers, timestamps and the numbers of VP8 go on
 * without a gap across changes of source and layer, and pictures change at a key frame only.
 */
import { randomInt } from 'node:crypto';
import { sequenceDelta, writeUint16, writeUint32 } from '../rtp/numbers.ts';
import { encodeSenderReport } from '../rtp/rtcp.ts';
import { RtpPacket } from '../rtp/rtpPacket.ts';
import { shiftVp8, Vp8Descriptor } from '../rtp/vp8Descriptor.ts';
import type { Layer } from './layer.ts';
import { packetSizeBytes } from './roomLimits.ts';
import type { Source, Watchers } from './source.ts';

/** What the seat of a slot offers it. */
export interface SlotPath {
  readonly payloadTypes: { readonly opus: number; readonly vp8: number; readonly vp8Rtx: number };
  /** 0: not written. */
  readonly absSendTimeId: number;
  readonly audioLevelId: number;
  sendRtp(packet: Buffer, isPicture: boolean, nowMs: number): boolean;
  /** A sender report of the time `compactNtp`. */
  sendReport(packet: Buffer, ssrc: number, compactNtp: number, nowMs: number): void;
}

/** What a line is to show. */
export interface Watch {
  readonly watchers: Watchers;
  readonly maxLayer: number;
  readonly isPriority: boolean;
  /** Its place among all that the seat watches. */
  readonly order: number;
}

/** From here on numbers were moved by so much. */
interface Stretch {
  readonly layer: Layer;
  /** `Layer.run`: it may have begun anew since. */
  readonly run: number;
  /** The first packet as it was sent, and as it came (without run-over). */
  readonly firstOut: number;
  readonly firstIn: number;
  readonly sequenceOffset: number;
  readonly timestampOffset: number;
  readonly pictureOffset: number;
  readonly tl0Offset: number;
  /** As the receiver is told of it. */
  readonly levelIdIn: number;
}

const stretchesKept = 6;
/**
 * Of one receiver: the gap doubles with each request. One that lacks the frames' key asks for ever, and would ruin the
 * picture for all; one that asked for nothing for a while begins anew.
 */
const keyGapMs = 300;
const longestKeyGapMs = 10_000;
const quietMs = 3000;
/** A packet is not sent again within this. */
const resentGapMs = 30;
const resentKept = 256;

/** One for all: a transport has copied what it takes. */
const scratch = Buffer.alloc(packetSizeBytes + 64);
const kept = new RtpPacket();
const keptVp8 = new Vp8Descriptor();

export class Slot {
  readonly mid: string;
  readonly isPicture: boolean;
  readonly ssrc: number;
  /** 0 for sound. */
  readonly rtxSsrc: number;
  readonly #path: SlotPath;
  watch: Watch | null = null;
  /** The largest layer that may go by bandwidth; −1: none. */
  target = 0;
  /** The layer that is to be forwarded, and the one that is; −1: none. */
  aim = -1;
  current = -1;
  #stretches: Stretch[] = [];
  #hasSent = false;
  #lastSequence = randomInt(0x10000);
  #lastTimestamp = randomInt(0x1_0000_0000);
  #lastPicture = randomInt(0x8000);
  #lastTl0 = randomInt(0x100);
  #lastAtMs = 0;
  #rtxSequence = randomInt(0x10000);
  readonly #resentAtMs = new Map<number, number>();
  #packets = 0;
  #octets = 0;
  #keyGapMs = keyGapMs;
  #keyAtMs = Number.NEGATIVE_INFINITY;
  #keySeenAtMs = Number.NEGATIVE_INFINITY;
  /** When this slot itself last asked for the key frame that it changes at. */
  #changeAskedAtMs = Number.NEGATIVE_INFINITY;
  #changeGapMs = keyGapMs;

  constructor(line: { mid: string; isPicture: boolean; ssrc: number; rtxSsrc: number }, path: SlotPath) {
    this.mid = line.mid;
    this.isPicture = line.isPicture;
    this.ssrc = line.ssrc;
    this.rtxSsrc = line.rtxSsrc;
    this.#path = path;
  }

  get source(): Source | null {
    return this.watch?.watchers.source ?? null;
  }

  /** In place of what it showed; what is the same goes on. */
  show(watch: Watch | null): void {
    const before = this.watch;
    this.watch = watch;
    if (before?.watchers === watch?.watchers) return;
    before?.watchers.remove(this);
    watch?.watchers.add(this);
    this.restart();
    this.target = 0;
  }

  /** The source is another, or began anew: nothing of it went out yet. */
  restart(): void {
    this.current = -1;
    this.aim = -1;
    this.#changeAskedAtMs = Number.NEGATIVE_INFINITY;
    this.#changeGapMs = keyGapMs;
  }

  /** Sends nothing of a layer larger than `target` any more: its key frame is waited for with nothing on the way. */
  cut(): void {
    if (this.current > this.target) this.restart();
  }

  /** Ten times a second: which layer it is to be, and a request for the key frame that it begins with. */
  steer(nowMs: number): void {
    const { source, watch } = this;
    if (source === null || watch === null || !this.isPicture) return;
    if (this.target < 0) {
      this.restart();
      return;
    }
    const shown = source.layers[this.current];
    if (shown !== undefined && this.#stretches[0]?.run !== shown.run) this.restart();
    const aim = source.bestLayer(Math.min(this.target, watch.maxLayer), nowMs);
    if (aim !== this.aim) {
      this.aim = aim;
      this.#changeAskedAtMs = Number.NEGATIVE_INFINITY;
      this.#changeGapMs = keyGapMs;
    }
    if (aim < 0 || aim === this.current || nowMs - this.#changeAskedAtMs < this.#changeGapMs) return;
    this.#changeGapMs = Math.min(this.#changeGapMs * 2, longestKeyGapMs);
    this.#changeAskedAtMs = nowMs;
    source.layers[aim]!.wantKey();
  }

  /** The receiver cannot go on without a key frame. */
  askForKey(nowMs: number): boolean {
    const layer = this.source?.layers[this.current];
    const isQuiet = nowMs - this.#keySeenAtMs > quietMs;
    this.#keySeenAtMs = nowMs;
    if (layer === undefined || (!isQuiet && nowMs - this.#keyAtMs < this.#keyGapMs)) return false;
    this.#keyGapMs = isQuiet ? keyGapMs : Math.min(this.#keyGapMs * 2, longestKeyGapMs);
    this.#keyAtMs = nowMs;
    layer.wantKey();
    return true;
  }

  /** `vp8` was read from the same packet; null for sound, and for what is padding only. `number` is the layer's. */
  forward(
    packet: RtpPacket,
    vp8: Vp8Descriptor | null,
    layer: Layer,
    number: number,
    levelIdIn: number,
    nowMs: number,
  ): void {
    if (this.target < 0) return;
    if (this.current !== layer.index || this.#stretches[0]?.run !== layer.run) {
      const mayChange = this.isPicture
        ? this.#isFit(layer.index) && vp8?.beginsKeyFrame === true
        : packet.payloadEnd > packet.payloadAt;
      if (!mayChange) return;
      this.#change(packet, vp8, layer, number, levelIdIn, nowMs);
      this.#send(packet, vp8, this.#stretches[0]!, nowMs, !this.isPicture);
      // What came before the beginning of its frame did.
      for (let next = number + 1; next <= layer.highest; next++) this.#forwardKept(layer, next, nowMs);
      return;
    }
    const stretch = this.#stretches[0]!;
    if (number >= stretch.firstIn) this.#send(packet, vp8, stretch, nowMs, false);
  }

  /** Where nothing came yet, the first key frame is shown: whoever begins to send begins with one, the smallest layer first. */
  #isFit(layer: number): boolean {
    if (this.aim >= 0) return this.aim === layer;
    return layer <= Math.min(this.target, this.watch?.maxLayer ?? -1);
  }

  #forwardKept(layer: Layer, number: number, nowMs: number): void {
    const bytes = layer.packet(number);
    if (bytes === null || !kept.read(bytes)) return;
    const hasVp8 = keptVp8.read(bytes, kept.payloadAt, kept.payloadEnd);
    this.#send(kept, hasVp8 ? keptVp8 : null, this.#stretches[0]!, nowMs, false);
  }

  #change(
    packet: RtpPacket,
    vp8: Vp8Descriptor | null,
    layer: Layer,
    number: number,
    levelIdIn: number,
    nowMs: number,
  ): void {
    const clockRate = this.isPicture ? 90 : 48;
    const passed = this.#hasSent ? Math.max(clockRate, Math.round((nowMs - this.#lastAtMs) * clockRate)) : 0;
    const firstOut = (this.#lastSequence + 1) & 0xffff;
    const stretch: Stretch = {
      layer,
      run: layer.run,
      firstOut,
      firstIn: number,
      sequenceOffset: firstOut - packet.sequence,
      timestampOffset: this.#lastTimestamp + passed - packet.timestamp,
      pictureOffset: vp8 === null ? 0 : this.#lastPicture + 1 - vp8.picture,
      tl0Offset: vp8 === null ? 0 : this.#lastTl0 + 1 - vp8.tl0,
      levelIdIn,
    };
    this.#stretches.unshift(stretch);
    if (this.#stretches.length > stretchesKept) this.#stretches.pop();
    this.current = layer.index;
    this.#lastSequence = firstOut;
    // Where its time lies now.
    if (this.#hasSent) this.report(nowMs);
  }

  #send(
    packet: RtpPacket,
    vp8: Vp8Descriptor | null,
    stretch: Stretch,
    nowMs: number,
    isTalk: boolean,
  ): void {
    const sequence = (packet.sequence + stretch.sequenceOffset) & 0xffff;
    const timestamp = (packet.timestamp + stretch.timestampOffset) >>> 0;
    const { payloadTypes } = this.#path;
    const at = this.#begin(packet, stretch, nowMs);
    scratch[1] =
      (packet.hasMarker || isTalk ? 0x80 : 0) | (this.isPicture ? payloadTypes.vp8 : payloadTypes.opus);
    writeUint16(scratch, 2, sequence);
    writeUint32(scratch, 4, timestamp);
    writeUint32(scratch, 8, this.ssrc);
    const end = this.#body(packet, vp8, stretch, at);
    if (!this.#path.sendRtp(scratch.subarray(0, end), this.isPicture, nowMs)) return;
    this.#packets += 1;
    this.#octets += packet.payloadEnd - packet.payloadAt;
    if (this.#hasSent && sequenceDelta(sequence, this.#lastSequence) < 0) return;
    this.#hasSent = true;
    this.#lastSequence = sequence;
    this.#lastTimestamp = timestamp;
    this.#lastAtMs = nowMs;
    if (vp8 === null) return;
    if (vp8.pictureAt > 0) this.#lastPicture = vp8.picture + stretch.pictureOffset;
    if (vp8.tl0At > 0) this.#lastTl0 = vp8.tl0 + stretch.tl0Offset;
  }

  /** Head and extensions; where what follows begins. */
  #begin(packet: RtpPacket, stretch: Stretch, nowMs: number): number {
    const { absSendTimeId, audioLevelId } = this.#path;
    const levelAt = audioLevelId > 0 ? packet.extensionAt[stretch.levelIdIn]! : 0;
    const hasLevel = levelAt > 0 && stretch.levelIdIn > 0;
    let at = 12;
    if (absSendTimeId > 0 || hasLevel) {
      at = 16;
      if (absSendTimeId > 0) {
        // 6.18 fixed point seconds.
        const time = Math.floor(nowMs * 262.144) & 0xffffff;
        scratch[at] = (absSendTimeId << 4) | 2;
        scratch[at + 1] = time >> 16;
        scratch[at + 2] = time >> 8;
        scratch[at + 3] = time;
        at += 4;
      }
      if (hasLevel) {
        scratch[at] = audioLevelId << 4;
        scratch[at + 1] = packet.bytes[levelAt]!;
        at += 2;
        while ((at & 3) !== 0) scratch[at++] = 0;
      }
      writeUint16(scratch, 12, 0xbede);
      writeUint16(scratch, 14, (at - 16) >> 2);
    }
    scratch[0] = 0x80 | (packet.bytes[0]! & 0x20) | (at > 12 ? 0x10 : 0);
    return at;
  }

  /** Payload and padding; where it ends. */
  #body(packet: RtpPacket, vp8: Vp8Descriptor | null, stretch: Stretch, at: number): number {
    const { bytes, payloadAt } = packet;
    bytes.copy(scratch, at, payloadAt);
    if (vp8 !== null) shiftVp8(scratch, vp8, at - payloadAt, stretch.pictureOffset, stretch.tl0Offset);
    return at + bytes.length - payloadAt;
  }

  /** Sends again what the receiver misses. How many bytes that was: 0 where it is not there any more. */
  resend(sequence: number, nowMs: number): number {
    const resentAtMs = this.#resentAtMs.get(sequence);
    if (resentAtMs !== undefined && nowMs - resentAtMs < resentGapMs) return 0;
    if (this.#hasSent && sequenceDelta(sequence, this.#lastSequence) > 0) return 0;
    const stretch = this.#stretches.find(({ firstOut }) => sequenceDelta(sequence, firstOut) >= 0);
    if (stretch === undefined || stretch.layer.run !== stretch.run) return 0;
    const { layer } = stretch;
    const bytes = layer.packet(layer.numberOf((sequence - stretch.sequenceOffset) & 0xffff));
    if (bytes === null) return 0;
    this.#resentAtMs.delete(sequence);
    this.#resentAtMs.set(sequence, nowMs);
    if (this.#resentAtMs.size > resentKept) this.#resentAtMs.delete(this.#resentAtMs.keys().next().value!);
    return this.#sendRtx(bytes, stretch, nowMs);
  }

  /** Sends what it sent last once more, as RTX: to find out whether there is room for more. */
  probe(nowMs: number): number {
    const stretch = this.#stretches[0];
    if (stretch !== undefined && this.current === stretch.layer.index && stretch.layer.run === stretch.run) {
      const bytes = stretch.layer.packet(stretch.layer.highest);
      if (bytes !== null && stretch.layer.highest >= stretch.firstIn)
        return this.#sendRtx(bytes, stretch, nowMs);
    }
    return this.#sendPadding(nowMs);
  }

  #sendRtx(bytes: Buffer, stretch: Stretch, nowMs: number): number {
    if (this.rtxSsrc === 0 || !kept.read(bytes)) return 0;
    const vp8 = keptVp8.read(bytes, kept.payloadAt, kept.payloadEnd) ? keptVp8 : null;
    const at = this.#begin(kept, stretch, nowMs);
    scratch[1] = (kept.hasMarker ? 0x80 : 0) | this.#path.payloadTypes.vp8Rtx;
    writeUint32(scratch, 4, (kept.timestamp + stretch.timestampOffset) >>> 0);
    // RFC 4588 §4: the original number before the payload.
    writeUint16(scratch, at, kept.sequence + stretch.sequenceOffset);
    return this.#finishRtx(this.#body(kept, vp8, stretch, at + 2), nowMs);
  }

  #sendPadding(nowMs: number): number {
    const paddingBytes = 255;
    const { absSendTimeId } = this.#path;
    const at = absSendTimeId > 0 ? 20 : 12;
    scratch[0] = 0x80 | 0x20 | (absSendTimeId > 0 ? 0x10 : 0);
    scratch[1] = this.#path.payloadTypes.vp8Rtx;
    writeUint32(scratch, 4, this.#lastTimestamp >>> 0);
    if (absSendTimeId > 0) {
      const time = Math.floor(nowMs * 262.144) & 0xffffff;
      writeUint16(scratch, 12, 0xbede);
      writeUint16(scratch, 14, 1);
      writeUint32(scratch, 16, ((absSendTimeId << 4) | 2) * 0x1000000 + time);
    }
    scratch.fill(0, at, at + paddingBytes - 1);
    scratch[at + paddingBytes - 1] = paddingBytes;
    return this.#finishRtx(at + paddingBytes, nowMs);
  }

  #finishRtx(end: number, nowMs: number): number {
    this.#rtxSequence = (this.#rtxSequence + 1) & 0xffff;
    writeUint16(scratch, 2, this.#rtxSequence);
    writeUint32(scratch, 8, this.rtxSsrc);
    return this.#path.sendRtp(scratch.subarray(0, end), this.isPicture, nowMs) ? end : 0;
  }

  /** Passes the sender's report on, in this slot's numbers. */
  report(nowMs: number): void {
    const stretch = this.#stretches[0];
    const report = this.source?.layers[this.current]?.senderReport ?? null;
    if (stretch === undefined || report === null) return;
    this.#path.sendReport(
      encodeSenderReport({
        ssrc: this.ssrc,
        ntpSeconds: report.ntpSeconds,
        ntpFraction: report.ntpFraction,
        timestamp: (report.timestamp + stretch.timestampOffset) >>> 0,
        packets: this.#packets >>> 0,
        octets: this.#octets >>> 0,
      }),
      this.ssrc,
      report.compactNtp,
      nowMs,
    );
  }
}
