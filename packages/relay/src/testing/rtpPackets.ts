/** For tests and targets: RTP packets as a browser makes them. */

export interface PacketParts {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp?: number;
  readonly payloadType?: number;
  readonly hasMarker?: boolean;
  /** Ids and data of header extensions, one-byte form. */
  readonly extensions?: readonly (readonly [number, Uint8Array])[];
  readonly payload?: Uint8Array;
  /** All of it, with its length at the end. */
  readonly paddingBytes?: number;
}

export function rtpPacket(parts: PacketParts): Buffer {
  const { ssrc, sequence, timestamp = 0, payloadType = 96, hasMarker = false, paddingBytes = 0 } = parts;
  const { extensions = [], payload = new Uint8Array() } = parts;
  const elements = extensions.map(([id, data]) => Buffer.from([(id << 4) | (data.length - 1), ...data]));
  const length = elements.reduce((sum, { length }) => sum + length, 0);
  const filled = Buffer.concat([...elements, Buffer.alloc((4 - (length % 4)) % 4)]);
  const head = Buffer.alloc(12);
  head[0] = 0x80 | (paddingBytes > 0 ? 0x20 : 0) | (elements.length > 0 ? 0x10 : 0);
  head[1] = (hasMarker ? 0x80 : 0) | payloadType;
  head.writeUInt16BE(sequence & 0xffff, 2);
  head.writeUInt32BE(timestamp >>> 0, 4);
  head.writeUInt32BE(ssrc, 8);
  const extensionHead = Buffer.alloc(elements.length > 0 ? 4 : 0);
  if (elements.length > 0) {
    extensionHead.writeUInt16BE(0xbede, 0);
    extensionHead.writeUInt16BE(filled.length / 4, 2);
  }
  const padding = Buffer.alloc(paddingBytes);
  if (paddingBytes > 0) padding[paddingBytes - 1] = paddingBytes;
  return Buffer.concat([head, extensionHead, filled, payload, padding]);
}

/** What RTX makes of a packet (RFC 4588 §4). */
export function rtxPacket(
  original: PacketParts,
  rtx: { ssrc: number; sequence: number; payloadType: number },
): Buffer {
  const number = Buffer.alloc(2);
  number.writeUInt16BE(original.sequence & 0xffff);
  return rtpPacket({
    ...original,
    ...rtx,
    payload: Buffer.concat([number, original.payload ?? Buffer.alloc(0)]),
  });
}

/** A packet's payload: descriptor with 15-bit picture number and TL0PICIDX, then the frame's bytes. */
export function vp8Payload(parts: {
  readonly picture: number;
  readonly tl0: number;
  readonly isKey: boolean;
  readonly isStart?: boolean;
  readonly frame: Uint8Array;
}): Buffer {
  const { picture, tl0, isKey, isStart = true, frame } = parts;
  const descriptor = [
    0x80 | (isStart ? 0x10 : 0),
    0xe0,
    0x80 | ((picture >> 8) & 0x7f),
    picture & 0xff,
    tl0 & 0xff,
    0,
  ];
  return Buffer.from([...descriptor, isKey ? 0x10 : 0x11, ...frame]);
}

/** What a receiver says that it can take (draft-alvestrand-rmcat-remb-03). */
export function rembPacket(bitsPerSecond: number): Buffer {
  const exponent = Math.max(0, Math.ceil(Math.log2(bitsPerSecond / 0x3ffff)));
  const mantissa = Math.floor(bitsPerSecond / 2 ** exponent);
  const head = Buffer.from('8fce000500000009000000005245 4d42'.replace(' ', ''), 'hex');
  const said = Buffer.of(1, (exponent << 2) | (mantissa >> 16), (mantissa >> 8) & 0xff, mantissa & 0xff);
  return Buffer.concat([head, said, Buffer.alloc(4)]);
}
