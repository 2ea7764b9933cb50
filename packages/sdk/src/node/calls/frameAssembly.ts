/**
 * Frames of VP8 out of RTP packets that come late, twice or never. Invariants: frames leave whole and in order; what is kept
 * is bounded in packets and bytes; a gap is waited for as long as a retransmission may take, and then passed over.
 */
import { readVp8Descriptor } from './vp8Payload.ts';

export interface RtpPart {
  /** 16 bits. */
  readonly sequenceNumber: number;
  readonly timestamp: number;
  /** Of the last packet of a frame. */
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

interface Assembled {
  readonly frames: readonly Uint8Array[];
  /** Packets were given up: the other side should send a whole picture. */
  readonly isLost: boolean;
}

export interface FrameAssembly {
  /** Takes a packet, and gives the frames that it completes. */
  add(packet: RtpPart, nowMs: number): Assembled;
}

const maxWaitMs = 400;
const maxPackets = 512;
const maxFrameSizeBytes = 1024 * 1024;
/** A part keeps the whole of its packet, however little of it is the frame's. */
const maxFrameParts = 1024;

export function createFrameAssembly(): FrameAssembly {
  const waiting = new Map<number, RtpPart>();
  let next: number | null = null;
  let gapSinceMs: number | null = null;
  let frame: { timestamp: number; parts: Uint8Array[]; sizeBytes: number } | null = null;

  /** Puts the packet into its frame; the frame, if that was its last one. */
  const take = ({ payload, timestamp, marker }: RtpPart): Uint8Array | null => {
    // Padding, which measures the network.
    if (payload.length === 0) return null;
    const descriptor = readVp8Descriptor(payload);
    if (!descriptor || (frame && frame.timestamp !== timestamp)) frame = null;
    if (!descriptor) return null;
    if (descriptor.isStart && frame === null) frame = { timestamp, parts: [], sizeBytes: 0 };
    if (!frame) return null;
    const part = payload.subarray(descriptor.sizeBytes);
    frame.parts.push(part);
    frame.sizeBytes += part.length;
    if (frame.sizeBytes > maxFrameSizeBytes || frame.parts.length > maxFrameParts) frame = null;
    if (!marker || !frame) return null;
    const whole = new Uint8Array(Buffer.concat(frame.parts));
    frame = null;
    return whole;
  };

  /** Goes on behind what is missing, at the oldest packet that is here. */
  const passOver = (from: number): number => {
    frame = null;
    const ahead = [...waiting.keys()].map((key) => (key - from) & 0xffff);
    return (from + Math.min(...ahead)) & 0xffff;
  };

  return {
    add(packet, nowMs) {
      next ??= packet.sequenceNumber;
      const ahead = ((packet.sequenceNumber - next) << 16) >> 16;
      if (ahead < 0 && ahead > -maxPackets) return { frames: [], isLost: false };
      if (Math.abs(ahead) >= maxPackets) {
        // Another stream under the same name.
        waiting.clear();
        frame = null;
        next = packet.sequenceNumber;
      }
      waiting.set(packet.sequenceNumber, packet);
      const frames: Uint8Array[] = [];
      let isLost = Math.abs(ahead) >= maxPackets;
      while (waiting.size > 0) {
        const part = waiting.get(next);
        if (part) {
          waiting.delete(next);
          next = (next + 1) & 0xffff;
          gapSinceMs = null;
          const whole = take(part);
          if (whole) frames.push(whole);
          continue;
        }
        gapSinceMs ??= nowMs;
        if (nowMs - gapSinceMs < maxWaitMs) break;
        next = passOver(next);
        isLost = true;
      }
      return { frames, isLost };
    },
  };
}
