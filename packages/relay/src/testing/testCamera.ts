/**
 * For tests: a camera as a browser's encoder sends it, in three layers or one, that answers requests for key frames and
 * for what is missing; and a receiver that puts frames together, asks for what it misses, and can show a frame only where
 * it has all since a key frame.
 */

import { sequenceDelta } from '../rtp/numbers.ts';
import { encodeNack, encodePictureLoss, readRtcp } from '../rtp/rtcp.ts';
import { RtpPacket } from '../rtp/rtpPacket.ts';
import { Vp8Descriptor } from '../rtp/vp8Descriptor.ts';
import { type PacketParts, rtpPacket, rtxPacket, vp8Payload } from './rtpPackets.ts';
import { extensions, payloadTypes, type TestPage } from './testRooms.ts';

/** Frames a second, and packets of a frame, by layer. */
const frameEveryMs = 40;
const packetsOfFrame = [1, 2, 4];
const packetSizeBytes = 900;

interface CameraLayer {
  ssrc: number;
  readonly rtxSsrc: number;
  readonly rid: string;
  sequence: number;
  rtxSequence: number;
  picture: number;
  tl0: number;
  readonly timestampOffset: number;
  isKeyDue: boolean;
  keyFrames: number;
  readonly sent: Map<number, PacketParts>;
  isActive: boolean;
}

export class TestCamera {
  readonly page: TestPage;
  readonly layers: CameraLayer[];
  readonly #mid: string;
  #nextAtMs = 0;
  #transportSequence = 0;
  /** Whether a packet gets lost on its way to the relay. */
  loses: () => boolean = () => false;
  resent = 0;

  constructor(page: TestPage, { mid = '1', rids = ['q', 'h', 'f'] } = {}) {
    this.page = page;
    this.#mid = mid;
    this.layers = rids.map((rid, i) => ({
      ssrc: page.number * 1000 + i * 2 + 10,
      rtxSsrc: page.number * 1000 + i * 2 + 11,
      rid,
      sequence: 65_500 + i * 7,
      rtxSequence: 3,
      picture: 32_760 + i,
      tl0: 250 + i,
      timestampOffset: 4_294_960_000 + i * 1_000_000,
      isKeyDue: true,
      keyFrames: 0,
      sent: new Map(),
      isActive: true,
    }));
    page.onRtcp = (packet) => this.#hear(packet);
  }

  /** To be called as time passes. */
  step(nowMs: number): void {
    if (nowMs < this.#nextAtMs) return;
    this.#nextAtMs = nowMs + frameEveryMs;
    for (const [i, layer] of this.layers.entries()) if (layer.isActive) this.#frame(i, layer, nowMs);
  }

  #frame(index: number, layer: CameraLayer, nowMs: number): void {
    const isKey = layer.isKeyDue;
    layer.isKeyDue = false;
    layer.keyFrames += isKey ? 1 : 0;
    layer.picture = (layer.picture + 1) & 0x7fff;
    layer.tl0 = (layer.tl0 + 1) & 0xff;
    const count = packetsOfFrame[index]! * (isKey ? 3 : 1);
    for (let i = 0; i < count; i++) {
      layer.sequence = (layer.sequence + 1) & 0xffff;
      const frame = Buffer.alloc(packetSizeBytes, index + 1);
      const parts: PacketParts = {
        ssrc: layer.ssrc,
        sequence: layer.sequence,
        timestamp: nowMs * 90 + layer.timestampOffset,
        payloadType: payloadTypes.vp8,
        hasMarker: i === count - 1,
        extensions: this.#extensions(layer),
        payload: vp8Payload({ picture: layer.picture, tl0: layer.tl0, isKey, isStart: i === 0, frame }),
      };
      layer.sent.set(layer.sequence, parts);
      if (layer.sent.size > 400) layer.sent.delete(layer.sent.keys().next().value!);
      this.#send(rtpPacket(parts));
    }
  }

  #extensions(layer: CameraLayer, isRtx = false): [number, Uint8Array][] {
    this.#transportSequence += 1;
    const number = Buffer.alloc(2);
    number.writeUInt16BE(this.#transportSequence & 0xffff);
    return [
      [extensions.mid, Buffer.from(this.#mid)],
      [isRtx ? extensions.repairedRid : extensions.rid, Buffer.from(layer.rid)],
      [extensions.transportCc, number],
    ];
  }

  #send(packet: Buffer): void {
    if (!this.loses()) this.page.sendRtp(packet);
  }

  #hear(packet: Buffer): void {
    this.page.rtcp.push(packet);
    readRtcp(packet, {
      senderReport: () => {},
      reportBlock: () => {},
      remb: () => {},
      pictureLoss: (ssrc) => {
        const layer = this.layers.find((each) => each.ssrc === ssrc);
        if (layer !== undefined) layer.isKeyDue = true;
      },
      nack: (ssrc, sequences) => {
        const layer = this.layers.find((each) => each.ssrc === ssrc);
        for (const sequence of layer === undefined ? [] : sequences) this.#resend(layer!, sequence);
      },
    });
  }

  #resend(layer: CameraLayer, sequence: number): void {
    const parts = layer.sent.get(sequence);
    if (parts === undefined) return;
    this.resent += 1;
    layer.rtxSequence += 1;
    const rtx = { ssrc: layer.rtxSsrc, sequence: layer.rtxSequence, payloadType: payloadTypes.vp8Rtx };
    this.#send(rtxPacket({ ...parts, extensions: this.#extensions(layer, true) }, rtx));
  }
}

interface Received {
  readonly isStart: boolean;
  readonly isKey: boolean;
  readonly isEnd: boolean;
  readonly picture: number;
  readonly tl0: number;
  readonly timestamp: number;
  readonly layer: number;
}

export class TestReceiver {
  readonly page: TestPage;
  readonly #ssrc: number;
  readonly #rtxSsrc: number;
  readonly #packets = new Map<number, Received>();
  readonly #missing = new Map<number, number>();
  #highest = -1;
  /** The next that is to be shown, and whether what comes can be. */
  #next = -1;
  #isWaitingForKey = true;
  #waitingSinceMs = 0;
  #askedAtMs = 0;
  shown: {
    readonly layer: number;
    readonly picture: number;
    readonly timestamp: number;
    readonly tl0: number;
  }[] = [];
  loses: () => boolean = () => false;
  asks = 0;
  resent = 0;
  paddings = 0;

  constructor(page: TestPage, mid = 'p0') {
    this.page = page;
    const { ssrc, rtxSsrc } = page.ssrcs.get(mid)!;
    this.#ssrc = ssrc;
    this.#rtxSsrc = rtxSsrc;
    const before = page.onRtp;
    page.onRtp = (packet) => {
      before(packet);
      if (!this.loses()) this.#receive(packet);
    };
  }

  #receive(bytes: Buffer): void {
    const packet = new RtpPacket();
    if (!packet.read(bytes)) throw new Error('no RTP');
    if (packet.ssrc === this.#rtxSsrc) {
      if (packet.payloadEnd === packet.payloadAt) {
        this.paddings += 1;
        return;
      }
      if (packet.payloadType !== payloadTypes.vp8Rtx) throw new Error('no RTX');
      this.resent += 1;
      this.#take(packet, bytes.readUInt16BE(packet.payloadAt), packet.payloadAt + 2);
    } else if (packet.ssrc === this.#ssrc) {
      if (packet.payloadType !== payloadTypes.vp8) throw new Error('no VP8');
      this.#take(packet, packet.sequence, packet.payloadAt);
    }
  }

  #take(packet: RtpPacket, sequence: number, at: number): void {
    const vp8 = new Vp8Descriptor();
    if (!vp8.read(packet.bytes, at, packet.payloadEnd)) throw new Error('no descriptor');
    if (this.#highest < 0) this.#highest = sequence + 0x10000;
    const number = this.#highest + sequenceDelta(sequence, this.#highest & 0xffff);
    for (let missing = this.#highest + 1; missing < number; missing++) this.#missing.set(missing, -1000);
    this.#highest = Math.max(this.#highest, number);
    this.#missing.delete(number);
    this.#packets.set(number, {
      isStart: (packet.bytes[at]! & 0x10) !== 0,
      isKey: vp8.beginsKeyFrame,
      isEnd: packet.hasMarker,
      picture: vp8.picture,
      tl0: vp8.tl0,
      timestamp: packet.timestamp,
      layer: packet.bytes[packet.payloadEnd - 1]! - 1,
    });
  }

  /** To be called as time passes: shows what it can, and asks for what it lacks. */
  step(nowMs: number): void {
    if (this.#highest < 0) return;
    while (this.#showNext()) this.#waitingSinceMs = nowMs;
    const asked = [...this.#missing].filter(([, atMs]) => nowMs - atMs > 60).map(([number]) => number);
    if (asked.length > 0) {
      for (const number of asked) this.#missing.set(number, nowMs);
      this.page.sendRtcp(
        encodeNack(
          9,
          this.#ssrc,
          asked.slice(0, 100).map((number) => number & 0xffff),
        ),
      );
    }
    // What cannot be had again is given up.
    if (nowMs - this.#waitingSinceMs > 600 && nowMs - this.#askedAtMs > 300) {
      this.#isWaitingForKey = true;
      this.#askedAtMs = nowMs;
      this.asks += 1;
      this.page.sendRtcp(encodePictureLoss(9, this.#ssrc));
    }
  }

  #showNext(): boolean {
    if (this.#isWaitingForKey && !this.#findKey()) return false;
    const first = this.#packets.get(this.#next);
    if (first === undefined || !first.isStart) return false;
    for (let number = this.#next; ; number++) {
      const packet = this.#packets.get(number);
      if (packet === undefined) return false;
      if (!packet.isEnd) continue;
      const { layer, picture, timestamp, tl0 } = first;
      this.shown.push({ layer, picture, timestamp, tl0 });
      this.#next = number + 1;
      for (const old of [...this.#packets.keys()]) if (old < this.#next) this.#packets.delete(old);
      for (const old of [...this.#missing.keys()]) if (old < this.#next) this.#missing.delete(old);
      return true;
    }
  }

  #findKey(): boolean {
    for (const number of [...this.#packets.keys()].sort((a, b) => a - b)) {
      if (number < this.#next || !this.#packets.get(number)!.isKey) continue;
      this.#next = number;
      this.#isWaitingForKey = false;
      return true;
    }
    return false;
  }
}
