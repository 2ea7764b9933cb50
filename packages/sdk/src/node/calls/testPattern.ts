/**
 * The picture that calls in Node send: a short loop of VP8 (`testPattern.ivf`, made by `tools/writeTestPattern.ts`). Invariant:
 * every frame fits onto the one before it, because the loop is only entered at its one key frame.
 */
import { readFileSync } from 'node:fs';

export const testPatternFramesPerSecond = 15;

export interface TestPattern {
  /** The next frame of the loop. */
  next(): Uint8Array;
  /** The next frame is a key frame. */
  restart(): void;
}

export function createTestPattern(): TestPattern {
  const frames = readFrames(readFileSync(new URL('testPattern.ivf', import.meta.url)));
  let at = 0;
  return {
    next() {
      const frame = frames[at % frames.length] ?? new Uint8Array();
      at++;
      return frame;
    },
    restart() {
      at = 0;
    },
  };
}

/** The frames of an IVF file: after 32 bytes, each behind its length and its time. */
function readFrames(file: Buffer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 32; at + 12 <= file.length; ) {
    const start = at + 12;
    at = start + file.readUInt32LE(at);
    frames.push(new Uint8Array(file.subarray(start, at)));
  }
  return frames;
}
