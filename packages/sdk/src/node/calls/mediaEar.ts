/** What came of the other side's sound and pictures, counted; nothing of it is kept. */
import type { FrameGate } from './frameGate.ts';
import type { FrameUse, MediaKind } from './mediaPeer.ts';
import { createToneEar } from './tone.ts';
import { type PictureSize, readVp8PictureSize } from './vp8Payload.ts';

export interface ReceivedCounts {
  /** Opened, and their size opened. */
  readonly frames: number;
  readonly sizeBytes: number;
  /** Dropped, because there was no key of the other side yet. */
  readonly early: number;
  /** Dropped: not from the other side, changed, or a second time. */
  readonly failures: number;
}

export interface MediaEar {
  readonly received: Readonly<Record<MediaKind, ReceivedCounts>>;
  /** Frequency, in hertz, of a pure tone that is heard; null for silence and for anything else. */
  readonly toneHz: number | null;
  /** Of the last whole picture. */
  readonly pictureSize: PictureSize | null;
  /** When something was opened last, by this machine's clock. */
  readonly heardAtMs: number | null;
  take(gate: FrameGate, kind: MediaKind, sealed: Uint8Array): FrameUse;
  close(): void;
}

export async function createMediaEar(): Promise<MediaEar> {
  const tone = await createToneEar();
  const counts = {
    audio: { frames: 0, sizeBytes: 0, early: 0, failures: 0 },
    video: { frames: 0, sizeBytes: 0, early: 0, failures: 0 },
  };
  let pictureSize: PictureSize | null = null;
  let heardAtMs: number | null = null;
  let isClosed = false;
  return {
    received: counts,
    get toneHz() {
      return tone.hz;
    },
    get pictureSize() {
      return pictureSize;
    },
    get heardAtMs() {
      return heardAtMs;
    },
    take(gate, kind, sealed) {
      if (isClosed) return 'dropped';
      if (!gate.canOpen) {
        counts[kind].early++;
        return 'dropped';
      }
      const frame = gate.open(kind, sealed);
      if (frame === null) {
        counts[kind].failures++;
        return 'dropped';
      }
      counts[kind].frames++;
      counts[kind].sizeBytes += frame.length;
      heardAtMs = Date.now();
      if (kind === 'audio') {
        tone.hear(frame);
        return 'opened';
      }
      const size = readVp8PictureSize(frame);
      pictureSize = size ?? pictureSize;
      return size ? 'whole' : 'opened';
    },
    close() {
      isClosed = true;
      tone.close();
    },
  };
}
