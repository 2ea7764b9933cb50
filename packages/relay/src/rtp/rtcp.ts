/**
 * RTCP (RFC 3550 §6), the feedback of RFC 4585 and RFC 5104, and REMB (draft-alvestrand-rmcat-remb-03). Compound packets
 * are read by a visitor; reduced-size ones too (RFC 5506).
 */
import { readUint16, readUint32, writeUint16, writeUint32 } from './numbers.ts';

const types = {
  senderReport: 200,
  receiverReport: 201,
  transportFeedback: 205,
  payloadFeedback: 206,
} as const;
const formats = { nack: 1, pictureLoss: 1, fullIntraRequest: 4, applicationLayer: 15 } as const;
const reportSizeBytes = 24;
const remb = 0x52454d42;
/** Of one request: more are not answered. */
const maxNackPairs = 64;
const maxReportBlocks = 31;

export interface SenderReport {
  readonly ssrc: number;
  /** The middle 32 bits of the NTP time, by which receivers refer to it. */
  readonly compactNtp: number;
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly timestamp: number;
}

export interface ReportBlock {
  readonly ssrc: number;
  /** Lost of 256 since the report before. */
  readonly fractionLost: number;
  readonly lost: number;
  readonly highestSequence: number;
  /** In units of the timestamp. */
  readonly jitter: number;
  readonly lastReport: number;
  /** In 1/65,536 s. */
  readonly sinceLastReport: number;
}

export interface RtcpVisitor {
  senderReport(report: SenderReport): void;
  reportBlock(block: ReportBlock): void;
  /** `ssrc` is whose packets are missing. */
  nack(ssrc: number, sequences: readonly number[]): void;
  /** PLI or FIR. */
  pictureLoss(ssrc: number): void;
  remb(bitsPerSecond: number): void;
}

/** False where the packet is malformed; what came before in it has been visited. Unknown parts are passed over. */
export function readRtcp(bytes: Buffer, visitor: RtcpVisitor): boolean {
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length || bytes[at]! >> 6 !== 2) return false;
    const end = at + 4 + readUint16(bytes, at + 2) * 4;
    if (end > bytes.length) return false;
    const count = bytes[at]! & 31;
    if (!readPart(bytes, at, end, bytes[at + 1]!, count, visitor)) return false;
    at = end;
  }
  return true;
}

function readPart(
  bytes: Buffer,
  at: number,
  end: number,
  type: number,
  count: number,
  visitor: RtcpVisitor,
): boolean {
  switch (type) {
    case types.senderReport:
      return readSenderReport(bytes, at, end, count, visitor);
    case types.receiverReport:
      return readBlocks(bytes, at + 8, end, count, visitor);
    case types.transportFeedback:
      return count !== formats.nack || readNack(bytes, at, end, visitor);
    case types.payloadFeedback:
      return readPayloadFeedback(bytes, at, end, count, visitor);
    default:
      return true;
  }
}

function readSenderReport(
  bytes: Buffer,
  at: number,
  end: number,
  count: number,
  visitor: RtcpVisitor,
): boolean {
  if (at + 28 > end) return false;
  const ntpSeconds = readUint32(bytes, at + 8);
  const ntpFraction = readUint32(bytes, at + 12);
  visitor.senderReport({
    ssrc: readUint32(bytes, at + 4),
    compactNtp: ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0,
    ntpSeconds,
    ntpFraction,
    timestamp: readUint32(bytes, at + 16),
  });
  return readBlocks(bytes, at + 28, end, count, visitor);
}

function readBlocks(bytes: Buffer, from: number, end: number, count: number, visitor: RtcpVisitor): boolean {
  if (from + count * reportSizeBytes > end) return false;
  for (let at = from; at < from + count * reportSizeBytes; at += reportSizeBytes) {
    visitor.reportBlock({
      ssrc: readUint32(bytes, at),
      fractionLost: bytes[at + 4]!,
      lost: bytes.readIntBE(at + 5, 3),
      highestSequence: readUint32(bytes, at + 8),
      jitter: readUint32(bytes, at + 12),
      lastReport: readUint32(bytes, at + 16),
      sinceLastReport: readUint32(bytes, at + 20),
    });
  }
  return true;
}

function readNack(bytes: Buffer, at: number, end: number, visitor: RtcpVisitor): boolean {
  if (at + 16 > end) return false;
  const sequences: number[] = [];
  const last = Math.min(end, at + 12 + maxNackPairs * 4);
  for (let pair = at + 12; pair < last; pair += 4) {
    const first = readUint16(bytes, pair);
    sequences.push(first);
    for (let mask = readUint16(bytes, pair + 2), next = first + 1; mask !== 0; mask >>>= 1, next += 1) {
      if ((mask & 1) !== 0) sequences.push(next & 0xffff);
    }
  }
  visitor.nack(readUint32(bytes, at + 8), sequences);
  return true;
}

function readPayloadFeedback(
  bytes: Buffer,
  at: number,
  end: number,
  format: number,
  visitor: RtcpVisitor,
): boolean {
  switch (format) {
    case formats.pictureLoss:
      if (at + 12 > end) return false;
      visitor.pictureLoss(readUint32(bytes, at + 8));
      return true;
    case formats.fullIntraRequest:
      // One entry of eight bytes for each SSRC (RFC 5104 §4.3.1).
      if (at + 20 > end) return false;
      for (let entry = at + 12; entry < end && entry < at + 12 + 8 * maxReportBlocks; entry += 8) {
        if (entry + 8 > end) return false;
        visitor.pictureLoss(readUint32(bytes, entry));
      }
      return true;
    case formats.applicationLayer:
      if (at + 20 > end || readUint32(bytes, at + 12) !== remb) return true;
      visitor.remb(
        (((bytes[at + 17]! & 3) << 16) | readUint16(bytes, at + 18)) * 2 ** (bytes[at + 17]! >> 2),
      );
      return true;
    default:
      return true;
  }
}

/** Head of a part: `sizeBytes` in all, a multiple of four. */
function begin(sizeBytes: number, type: number, count: number, sender: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  bytes[0] = 0x80 | count;
  bytes[1] = type;
  writeUint16(bytes, 2, sizeBytes / 4 - 1);
  writeUint32(bytes, 4, sender);
  return bytes;
}

export function encodePictureLoss(sender: number, ssrc: number): Buffer {
  const bytes = begin(12, types.payloadFeedback, formats.pictureLoss, sender);
  writeUint32(bytes, 8, ssrc);
  return bytes;
}

/** `sequences` rising (round the end of the numbers), each once, not more than 1,088. */
export function encodeNack(sender: number, ssrc: number, sequences: readonly number[]): Buffer {
  const pairs: { first: number; mask: number }[] = [];
  for (const sequence of sequences) {
    const pair = pairs.at(-1);
    const after = pair === undefined ? 17 : (sequence - pair.first) & 0xffff;
    if (pair !== undefined && after > 0 && after <= 16) pair.mask |= 1 << (after - 1);
    else pairs.push({ first: sequence, mask: 0 });
  }
  const bytes = begin(12 + 4 * pairs.length, types.transportFeedback, formats.nack, sender);
  writeUint32(bytes, 8, ssrc);
  for (const [i, { first, mask }] of pairs.entries()) {
    writeUint16(bytes, 12 + 4 * i, first);
    writeUint16(bytes, 14 + 4 * i, mask);
  }
  return bytes;
}

/** At most 31 blocks. */
export function encodeReceiverReport(sender: number, blocks: readonly ReportBlock[]): Buffer {
  const bytes = begin(8 + reportSizeBytes * blocks.length, types.receiverReport, blocks.length, sender);
  for (const [i, block] of blocks.entries()) {
    const at = 8 + reportSizeBytes * i;
    writeUint32(bytes, at, block.ssrc);
    bytes[at + 4] = block.fractionLost;
    bytes.writeIntBE(Math.max(-0x800000, Math.min(block.lost, 0x7fffff)), at + 5, 3);
    writeUint32(bytes, at + 8, block.highestSequence);
    writeUint32(bytes, at + 12, block.jitter);
    writeUint32(bytes, at + 16, block.lastReport);
    writeUint32(bytes, at + 20, block.sinceLastReport);
  }
  return bytes;
}

/** A sender report without blocks. */
export function encodeSenderReport(
  report: Omit<SenderReport, 'compactNtp'> & { readonly packets: number; readonly octets: number },
): Buffer {
  const bytes = begin(28, types.senderReport, 0, report.ssrc);
  writeUint32(bytes, 8, report.ntpSeconds);
  writeUint32(bytes, 12, report.ntpFraction);
  writeUint32(bytes, 16, report.timestamp);
  writeUint32(bytes, 20, report.packets);
  writeUint32(bytes, 24, report.octets);
  return bytes;
}
