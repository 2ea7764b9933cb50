/**
 * What calls in Node read of VP8: where a frame begins in an RTP payload (RFC 7741 §4.2) and how large a picture is (RFC 6386
 * §9.1). Both are read from what the other side sent, so nothing here trusts a length.
 */

export interface Vp8Descriptor {
  /** The first packet of a frame. */
  readonly isStart: boolean;
  /** Where the frame's bytes begin. */
  readonly sizeBytes: number;
}

/** The payload descriptor before the frame's bytes; null where the payload ends inside of it. */
export function readVp8Descriptor(payload: Uint8Array): Vp8Descriptor | null {
  const [first = 0, extension = 0] = payload;
  let sizeBytes = 1;
  if (first & 0x80) {
    sizeBytes++;
    if (extension & 0x80) sizeBytes += (payload[sizeBytes] ?? 0) & 0x80 ? 2 : 1;
    if (extension & 0x40) sizeBytes++;
    if (extension & 0x30) sizeBytes++;
  }
  if (payload.length < sizeBytes) return null;
  return { isStart: (first & 0x17) === 0x10, sizeBytes };
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** The picture's size, which only key frames carry; null for any other frame. */
export function readVp8PictureSize(frame: Uint8Array): PictureSize | null {
  if (frame.length < 10 || ((frame[0] ?? 1) & 1) !== 0) return null;
  if (frame[3] !== 0x9d || frame[4] !== 0x01 || frame[5] !== 0x2a) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return { width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff };
}
