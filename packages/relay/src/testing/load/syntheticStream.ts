/**
 * What a participant sends, as it looks from outside: Opus-sized packets of sound each 20 ms, or pictures of VP8 with a valid
 * payload descriptor and the bytes that stay clear under SFrame; the rest looks sealed. At the end of each packet is the time at
 * which it was made, so that receivers can tell how long it took.
 */
import { randomBytes } from 'node:crypto';
import type { SenderReport } from '../../rtp/rtcp.ts';

export interface StreamSpec {
  readonly kind: 'sound' | 'picture';
  readonly ssrc: number;
  readonly payloadType: number;
  /** By which lost packets are sent again; null: they are not. */
  readonly repair: { readonly ssrc: number; readonly payloadType: number } | null;
  readonly framesPerSecond: number;
  /** Key frames are several times as large. */
  readonly frameSizeBytes: number;
  readonly extensions: StreamExtensions;
}

/** Ids as of the connection's offer; 0: left out. */
export interface StreamExtensions {
  readonly mid: { readonly id: number; readonly value: string };
  readonly rid: { readonly id: number; readonly value: string };
  readonly repairedRid: number;
  readonly transportCc: number;
}

export const noExtensions: StreamExtensions = {
  mid: { id: 0, value: '' },
  rid: { id: 0, value: '' },
  repairedRid: 0,
  transportCc: 0,
};

export const stampSizeBytes = 8;
const maxPayloadSizeBytes = 1100;
const keyFrameFactor = 4;
const clockRates = { sound: 48_000, picture: 90_000 } as const;
/** As long as the relay may not know whose an SSRC is; browsers stop after the first report. */
const namedPackets = 200;
/** Packets that can be sent again. */
const keptPackets = 512;
const ntpEpochS = 2_208_988_800;

export class SyntheticStream {
  readonly spec: StreamSpec;
  sentPackets = 0;
  #sentOctets = 0;
  #sequence = randomBytes(2).readUInt16BE();
  #repairSequence = randomBytes(2).readUInt16BE();
  #timestamp = randomBytes(4).readUInt32BE();
  #picture = randomBytes(2).readUInt16BE() & 0x7fff;
  #keyIsDue = true;
  readonly #noise = randomBytes(maxPayloadSizeBytes);
  readonly #kept: (Buffer | undefined)[] = new Array(keptPackets);
  readonly #nextTransportSequence: () => number;

  constructor(spec: StreamSpec, nextTransportSequence: () => number) {
    this.spec = spec;
    this.#nextTransportSequence = nextTransportSequence;
  }

  /** From the next frame on, somebody can begin. */
  requestKeyFrame(): void {
    this.#keyIsDue = true;
  }

  /** The packets of the next frame; `nowMs` is written into each. */
  nextFrame(nowMs: number): Buffer[] {
    const { kind, frameSizeBytes, framesPerSecond } = this.spec;
    const isKey = kind === 'picture' && this.#keyIsDue;
    this.#keyIsDue = false;
    this.#timestamp = (this.#timestamp + Math.round(clockRates[kind] / framesPerSecond)) >>> 0;
    this.#picture = (this.#picture + 1) & 0x7fff;
    const sizeBytes = frameSizeBytes * (isKey ? keyFrameFactor : 1);
    const count = Math.ceil(sizeBytes / maxPayloadSizeBytes);
    const packets: Buffer[] = [];
    for (let part = 0; part < count; part++) {
      const payloadSizeBytes = Math.max(Math.ceil(sizeBytes / count), minPayloadSizeBytes);
      packets.push(
        this.#packet(nowMs, { payloadSizeBytes, isFirst: part === 0, isLast: part === count - 1, isKey }),
      );
    }
    return packets;
  }

  /** Packets that were asked for again (RFC 4588), as far as they are still kept. */
  repair(sequences: readonly number[]): Buffer[] {
    const { repair } = this.spec;
    if (repair === null) return [];
    const packets: Buffer[] = [];
    for (const sequence of sequences) {
      const kept = this.#kept[sequence % keptPackets];
      if (kept === undefined || kept.readUInt16BE(2) !== sequence) continue;
      packets.push(this.#repairPacket(kept, repair));
    }
    return packets;
  }

  report(): Omit<SenderReport, 'compactNtp'> & { readonly packets: number; readonly octets: number } {
    const nowS = Date.now() / 1000 + ntpEpochS;
    return {
      ssrc: this.spec.ssrc,
      ntpSeconds: Math.floor(nowS) >>> 0,
      ntpFraction: Math.floor((nowS % 1) * 2 ** 32),
      timestamp: this.#timestamp,
      packets: this.sentPackets,
      octets: this.#sentOctets >>> 0,
    };
  }

  #packet(
    nowMs: number,
    {
      payloadSizeBytes,
      isFirst,
      isLast,
      isKey,
    }: { payloadSizeBytes: number; isFirst: boolean; isLast: boolean; isKey: boolean },
  ): Buffer {
    const { kind, payloadType, ssrc, extensions } = this.spec;
    const elements = this.#elements(extensions, extensions.rid.id);
    const descriptor = kind === 'picture' ? this.#descriptor(isFirst, isKey) : nothing;
    const head = header({ elements, ssrc, payloadType, hasMarker: isLast && kind === 'picture' });
    const packet = Buffer.allocUnsafe(head.length + descriptor.length + payloadSizeBytes);
    head.copy(packet);
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(this.#timestamp, 4);
    descriptor.copy(packet, head.length);
    this.#noise.copy(packet, head.length + descriptor.length, 0, payloadSizeBytes);
    packet.writeDoubleBE(nowMs, packet.length - stampSizeBytes);
    this.#kept[this.#sequence % keptPackets] = packet;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.sentPackets += 1;
    this.#sentOctets += payloadSizeBytes;
    return packet;
  }

  #repairPacket(kept: Buffer, { ssrc, payloadType }: { ssrc: number; payloadType: number }): Buffer {
    const { extensions } = this.spec;
    const elements = this.#elements(extensions, extensions.repairedRid);
    const head = header({ elements, ssrc, payloadType, hasMarker: (kept[1]! & 0x80) !== 0 });
    head.writeUInt16BE(this.#repairSequence, 2);
    kept.copy(head, 4, 4, 8);
    this.#repairSequence = (this.#repairSequence + 1) & 0xffff;
    const payload = kept.subarray(
      kept.readUInt16BE(14) * 4 * ((kept[0]! & 0x10) >> 4) + ((kept[0]! & 0x10) === 0 ? 12 : 16),
    );
    return Buffer.concat([head, kept.subarray(2, 4), payload]);
  }

  /** Extension elements in the one-byte form (RFC 8285 §4.2). */
  #elements({ mid, transportCc, rid }: StreamExtensions, ridId: number): Buffer {
    const parts: Buffer[] = [];
    const add = (id: number, value: Buffer) => {
      if (id !== 0) parts.push(Buffer.from([(id << 4) | (value.length - 1)]), value);
    };
    if (this.sentPackets < namedPackets || ridId !== rid.id) {
      add(mid.id, Buffer.from(mid.value));
      if (rid.value !== '') add(ridId, Buffer.from(rid.value));
    }
    if (transportCc !== 0) {
      const number = Buffer.alloc(2);
      number.writeUInt16BE(this.#nextTransportSequence());
      add(transportCc, number);
    }
    return Buffer.concat(parts);
  }

  /** RFC 7741 §4.2, with numbers as Chromium has them, and after it the first byte of the frame or the ten of a key frame. */
  #descriptor(isFirst: boolean, isKey: boolean): Buffer {
    const descriptor = Buffer.from([
      0x80 | (isFirst ? 0x10 : 0),
      0xe0,
      0x80 | (this.#picture >> 8),
      this.#picture & 0xff,
      this.#picture & 0xff,
      0,
    ]);
    if (!isFirst) return descriptor;
    return Buffer.concat([descriptor, isKey ? keyFrameStart : deltaFrameStart]);
  }
}

const nothing = Buffer.alloc(0);
/** RFC 6386 §9.1: a tag of three bytes, the start code, and the size of the picture. */
const keyFrameStart = Buffer.from([0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
const deltaFrameStart = Buffer.from([0x11]);
const minPayloadSizeBytes = stampSizeBytes;

/** Sequence number and timestamp are written later. */
function header({
  elements,
  ssrc,
  payloadType,
  hasMarker,
}: {
  elements: Buffer;
  ssrc: number;
  payloadType: number;
  hasMarker: boolean;
}): Buffer {
  const words = Math.ceil(elements.length / 4);
  const bytes = Buffer.alloc(elements.length === 0 ? 12 : 16 + words * 4);
  bytes[0] = elements.length === 0 ? 0x80 : 0x90;
  bytes[1] = (hasMarker ? 0x80 : 0) | payloadType;
  bytes.writeUInt32BE(ssrc, 8);
  if (elements.length === 0) return bytes;
  bytes.writeUInt16BE(0xbede, 12);
  bytes.writeUInt16BE(words, 14);
  elements.copy(bytes, 16);
  return bytes;
}
