/**
 * RTP packets (RFC 3550 §5.1) with header extensions in both forms (RFC 8285). One `RtpPacket` reads one packet after the
 * other, so that nothing is allocated for each.
 */
import { readUint16, readUint32 } from './numbers.ts';

const fixedSizeBytes = 12;
const oneByteForm = 0xbede;
const twoByteForm = 0x1000;
/** Of extensions that are looked at: those of the one-byte form. */
export const maxExtensionId = 14;

export class RtpPacket {
  bytes: Buffer = Buffer.alloc(0);
  payloadType = 0;
  hasMarker = false;
  sequence = 0;
  timestamp = 0;
  ssrc = 0;
  /** Where the payload begins, and ends without padding. */
  payloadAt = 0;
  payloadEnd = 0;
  /** By id, where the element's data begins; 0: not there. */
  readonly extensionAt = new Uint16Array(maxExtensionId + 1);
  readonly extensionLength = new Uint8Array(maxExtensionId + 1);

  /** False where it is no whole RTP packet; then nothing of this may be looked at. */
  read(bytes: Buffer): boolean {
    if (bytes.length < fixedSizeBytes || bytes[0]! >> 6 !== 2) return false;
    const first = bytes[0]!;
    let at = fixedSizeBytes + (first & 15) * 4;
    this.extensionAt.fill(0);
    if ((first & 0x10) !== 0) {
      if (at + 4 > bytes.length) return false;
      const form = readUint16(bytes, at);
      const end = at + 4 + readUint16(bytes, at + 2) * 4;
      if (end > bytes.length) return false;
      if (form === oneByteForm) {
        if (!this.#readOneByte(bytes, at + 4, end)) return false;
      } else if ((form & 0xfff0) === twoByteForm) {
        if (!this.#readTwoByte(bytes, at + 4, end)) return false;
      }
      at = end;
    }
    const paddingBytes = (first & 0x20) === 0 ? 0 : bytes[bytes.length - 1]!;
    const isPadded = (first & 0x20) !== 0;
    if (at + paddingBytes > bytes.length || (isPadded && paddingBytes === 0)) return false;
    this.bytes = bytes;
    this.payloadType = bytes[1]! & 0x7f;
    this.hasMarker = (bytes[1]! & 0x80) !== 0;
    this.sequence = readUint16(bytes, 2);
    this.timestamp = readUint32(bytes, 4);
    this.ssrc = readUint32(bytes, 8);
    this.payloadAt = at;
    this.payloadEnd = bytes.length - paddingBytes;
    return true;
  }

  /** The text of an extension such as MID; null where it is not there. */
  textOf(id: number): string | null {
    const at = this.extensionAt[id];
    if (id === 0 || at === undefined || at === 0) return null;
    return this.bytes.toString('latin1', at, at + this.extensionLength[id]!);
  }

  #readOneByte(bytes: Buffer, from: number, end: number): boolean {
    let at = from;
    while (at < end) {
      const id = bytes[at]! >> 4;
      if (id === 0) {
        at += 1;
        continue;
      }
      // RFC 8285 §4.2: nothing after it counts.
      if (id === 15) return true;
      const length = (bytes[at]! & 15) + 1;
      if (at + 1 + length > end) return false;
      this.extensionAt[id] = at + 1;
      this.extensionLength[id] = length;
      at += 1 + length;
    }
    return true;
  }

  #readTwoByte(bytes: Buffer, from: number, end: number): boolean {
    let at = from;
    while (at < end) {
      const id = bytes[at]!;
      if (id === 0) {
        at += 1;
        continue;
      }
      if (at + 2 > end) return false;
      const length = bytes[at + 1]!;
      if (at + 2 + length > end) return false;
      if (id <= maxExtensionId && length > 0) {
        this.extensionAt[id] = at + 2;
        this.extensionLength[id] = length;
      }
      at += 2 + length;
    }
    return true;
  }
}
