/**
 * What the engine seals to a frame worker (spec/calls.md, "Frame keys"; spec/frames.md, "Group calls"): its first byte says
 * what it is for. Integers are big-endian.
 */

/** A key of a call between two: its own frames are sealed with it, or the other's opened. */
export interface SenderFrameKey {
  readonly kind: 'sender';
  readonly use: 'seals' | 'opens';
  readonly kid: bigint;
  /** Of SFrame: both of its key and salt are derived from it. */
  readonly baseKey: Uint8Array<ArrayBuffer>;
}

/** What all keys of a group call come from, until someone joins (a step) or leaves (a generation). Secret. */
export interface GroupBase {
  readonly kind: 'base';
  readonly generation: number;
  readonly step: number;
  /** From now until it seals. */
  readonly delayMs: number;
  /** 32 bytes. */
  readonly base: Uint8Array<ArrayBuffer>;
}

/** One stay of one device in a group call. */
export interface GroupParticipant {
  readonly kind: 'participant';
  readonly isSelf: boolean;
  readonly ordinal: number;
  /** Account (16 bytes), device (16) and join (8). */
  readonly sender: Uint8Array<ArrayBuffer>;
}

interface ParticipantGone {
  readonly kind: 'gone';
  readonly ordinal: number;
}

export type GroupFrameKey = GroupBase | GroupParticipant | ParticipantGone;
export type FrameKey = SenderFrameKey | GroupFrameKey;

/** Steps of a generation, and ordinals, are below this: a KID has 12 bits for each. */
export const groupNumberLimit = 4096;

/** Null for another size, an unknown use, or a number that is too high. */
export function decodeFrameKey(bytes: Uint8Array<ArrayBuffer>): FrameKey | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (bytes[0]) {
    case 0:
    case 1:
      if (bytes.length !== 41) return null;
      return {
        kind: 'sender',
        use: bytes[0] === 0 ? 'seals' : 'opens',
        kid: view.getBigUint64(1),
        baseKey: bytes.slice(9),
      };
    case 2: {
      if (bytes.length !== 41) return null;
      const [generation, step, delayMs] = [view.getUint32(1), view.getUint16(5), view.getUint16(7)];
      return step < groupNumberLimit
        ? { kind: 'base', generation, step, delayMs, base: bytes.slice(9) }
        : null;
    }
    case 3: {
      if (bytes.length !== 44 || bytes[1]! > 1) return null;
      const ordinal = view.getUint16(2);
      return ordinal < groupNumberLimit
        ? { kind: 'participant', isSelf: bytes[1] === 1, ordinal, sender: bytes.slice(4) }
        : null;
    }
    case 4: {
      if (bytes.length !== 3) return null;
      const ordinal = view.getUint16(1);
      return ordinal < groupNumberLimit ? { kind: 'gone', ordinal } : null;
    }
    default:
      return null;
  }
}
