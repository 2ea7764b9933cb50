/**
 * What comes from one seat. A packet counts only where its SSRC is that of a line the seat declared, or says so itself by
 * MID and RID; everything else is dropped, so nobody sends in another's name. The sender gets feedback for its estimate
 * of the network, reports, and requests for what is missing and for key frames.
 */
import { readUint16, writeUint16, writeUint32 } from '../rtp/numbers.ts';
import {
  encodeNack,
  encodePictureLoss,
  encodeReceiverReport,
  type ReportBlock,
  type SenderReport,
} from '../rtp/rtcp.ts';
import { RtpPacket } from '../rtp/rtpPacket.ts';
import { TransportFeedback } from '../rtp/transportFeedback.ts';
import { Vp8Descriptor } from '../rtp/vp8Descriptor.ts';
import type { Layer } from './layer.ts';
import type { RoomCounters } from './roomCounters.ts';
import { packetSizeBytes } from './roomLimits.ts';
import type { Extensions, PayloadTypes } from './seatRequest.ts';
import type { Source } from './source.ts';

/** What an SSRC is. */
interface Stream {
  readonly source: Source;
  readonly layer: Layer;
  readonly isRtx: boolean;
}

/** SSRCs that one connection may bring beside those it declared: more are not looked at. */
const maxLateBinds = 64;
const blocksPerReport = 31;
const reportedWithinMs = 10_000;
/** The relay's own SSRC in feedback: it sends nothing by it. */
const feedbackSsrc = 1;

/** One for all: a packet is done with before the next one comes. */
const packet = new RtpPacket();
const vp8 = new Vp8Descriptor();

export class Uplink {
  readonly #streams = new Map<number, Stream>();
  readonly #sources: Source[] = [];
  readonly #feedback = new TransportFeedback();
  readonly #payloadTypes: PayloadTypes;
  readonly #extensions: Extensions;
  readonly #counters: RoomCounters;
  readonly #sendRtcp: (bytes: Buffer) => void;
  #lateBinds = 0;
  /** The SSRC that came last: browsers take feedback only for one that they send. */
  #lastSsrc = 0;

  constructor(options: {
    payloadTypes: PayloadTypes;
    extensions: Extensions;
    counters: RoomCounters;
    sendRtcp: (bytes: Buffer) => void;
  }) {
    this.#payloadTypes = options.payloadTypes;
    this.#extensions = options.extensions;
    this.#counters = options.counters;
    this.#sendRtcp = options.sendRtcp;
  }

  /** A line that was declared, with its SSRCs where they are known. */
  add(source: Source, { ssrc, rtxSsrc }: { ssrc: number; rtxSsrc: number }): void {
    const layer = source.layers[0]!;
    this.#sources.push(source);
    if (ssrc !== 0) this.#bind(source, layer, ssrc);
    if (rtxSsrc !== 0) this.#streams.set(rtxSsrc, { source, layer, isRtx: true });
  }

  receive(bytes: Buffer, nowMs: number): void {
    const counters = this.#counters;
    counters.receivedPackets += 1;
    counters.receivedBytes += bytes.length;
    if (bytes.length > packetSizeBytes || !packet.read(bytes)) {
      counters.droppedMalformed += 1;
      return;
    }
    const stream = this.#streams.get(packet.ssrc) ?? this.#bindLate();
    if (stream === null || !this.#fits(stream)) {
      counters.droppedUnknown += 1;
      return;
    }
    const { source, layer, isRtx } = stream;
    if (!source.mayPass(bytes.length, nowMs)) {
      counters.droppedSeatRate += 1;
      return;
    }
    const feedbackAt = packet.extensionAt[this.#extensions.transportCc]!;
    if (feedbackAt > 0) {
      this.#feedback.add(readUint16(bytes, feedbackAt), nowMs);
      this.#lastSsrc = packet.ssrc;
    }
    if (isRtx && !this.#unwrap(layer)) return;
    this.#pass(source, layer, isRtx, nowMs);
  }

  /** The payload type is the line's. */
  #fits({ source, isRtx }: Stream): boolean {
    const { opus, vp8: picture, vp8Rtx } = this.#payloadTypes;
    if (isRtx) return packet.payloadType === vp8Rtx;
    return packet.payloadType === (source.isPicture ? picture : opus);
  }

  /** By MID and RID, or the repaired RID of RTX. */
  #bindLate(): Stream | null {
    const mid = packet.textOf(this.#extensions.mid);
    const source = mid === null ? undefined : this.#sources.find((each) => each.mid === mid);
    if (source === undefined || this.#lateBinds >= maxLateBinds) return null;
    const isRtx = packet.payloadType === this.#payloadTypes.vp8Rtx;
    const rid = packet.textOf(isRtx ? this.#extensions.repairedRid : this.#extensions.rid);
    const index = source.rids.length === 0 ? 0 : source.rids.indexOf(rid ?? '');
    const layer = source.layers[index];
    if (layer === undefined || (isRtx && !source.isPicture)) return null;
    this.#lateBinds += 1;
    if (!isRtx) return this.#bind(source, layer, packet.ssrc);
    const stream = { source, layer, isRtx };
    this.#streams.set(packet.ssrc, stream);
    return stream;
  }

  #bind(source: Source, layer: Layer, ssrc: number): Stream {
    if (layer.ssrc !== 0) this.#streams.delete(layer.ssrc);
    layer.bind(ssrc);
    const stream = { source, layer, isRtx: false };
    this.#streams.set(ssrc, stream);
    return stream;
  }

  /** RFC 4588 §4: makes the packet what it was. False where it carries none: padding, to try the network. */
  #unwrap(layer: Layer): boolean {
    const { bytes, payloadAt } = packet;
    if (packet.payloadEnd - payloadAt < 2 || layer.ssrc === 0) return false;
    const sequence = readUint16(bytes, payloadAt);
    bytes.copyWithin(2, 0, payloadAt);
    const original = bytes.subarray(2);
    original[1] = (original[1]! & 0x80) | this.#payloadTypes.vp8;
    writeUint16(original, 2, sequence);
    writeUint32(original, 8, layer.ssrc);
    return packet.read(original);
  }

  #pass(source: Source, layer: Layer, isRtx: boolean, nowMs: number): void {
    const counters = this.#counters;
    const hasPayload = packet.payloadEnd > packet.payloadAt;
    const hasVp8 =
      source.isPicture && hasPayload && vp8.read(packet.bytes, packet.payloadAt, packet.payloadEnd);
    if (source.isPicture && hasPayload && !hasVp8) {
      counters.droppedMalformed += 1;
      return;
    }
    const isWatched = source.isWatched(layer.index);
    if (layer.accept(packet, nowMs, isRtx, isWatched) !== 'new') {
      counters.droppedLate += 1;
      return;
    }
    if (hasVp8 && vp8.beginsKeyFrame) layer.keyCame();
    const levelId = this.#extensions.audioLevel;
    if (levelId > 0 && packet.extensionAt[levelId]! > 0 && !source.isPicture)
      source.hear(packet.bytes[packet.extensionAt[levelId]!]!, nowMs);
    const number = layer.numberOf(packet.sequence);
    for (const slot of source.watchers.slots)
      slot.forward(packet, hasVp8 ? vp8 : null, layer, number, levelId, nowMs);
  }

  senderReport(report: SenderReport, nowMs: number): void {
    const stream = this.#streams.get(report.ssrc);
    if (stream === undefined || stream.isRtx) return;
    const { source, layer } = stream;
    if (!layer.takeReport(report, nowMs)) return;
    for (const slot of source.watchers.slots) if (slot.current === layer.index) slot.report(nowMs);
  }

  /** What is missing and what key frames are waited for: each 25 ms or so. */
  ask(nowMs: number): void {
    for (const source of this.#sources) {
      if (!source.isPicture) continue;
      for (const layer of source.layers) {
        const missing = layer.takeMissing(nowMs);
        if (missing.length > 0) this.#sendRtcp(encodeNack(feedbackSsrc, layer.ssrc, missing));
        if (!layer.takeKeyRequest(nowMs)) continue;
        this.#counters.pictureRequestsSent += 1;
        this.#sendRtcp(encodePictureLoss(feedbackSsrc, layer.ssrc));
      }
    }
  }

  /** Every 50 ms. */
  tellArrivals(): void {
    const bytes = this.#feedback.take(feedbackSsrc, this.#lastSsrc);
    if (bytes !== null) this.#sendRtcp(bytes);
  }

  /** Every second. */
  reportBlocks(nowMs: number): void {
    const blocks: ReportBlock[] = [];
    for (const { layers } of this.#sources) {
      for (const layer of layers) {
        if (layer.highest >= 0 && layer.arrives(nowMs, reportedWithinMs)) blocks.push(layer.takeBlock(nowMs));
      }
    }
    for (let at = 0; at < blocks.length; at += blocksPerReport)
      this.#sendRtcp(encodeReceiverReport(feedbackSsrc, blocks.slice(at, at + blocksPerReport)));
  }
}
