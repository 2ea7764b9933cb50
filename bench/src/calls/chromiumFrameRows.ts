import { runInChromium } from '@sotto/testkit/chromiumRun';
import type { BenchOptions, Row } from '../row.ts';
import type { FramesInput, FramesOutput } from './framesInChromium.ts';

/** 20 ms of sound, and a picture of 720p at 30 a second with 1.7 Mbit/s. */
const frames = [
  { what: 'sound, 100 bytes', codec: 'opus', sizeBytes: 100 },
  { what: 'a picture, 7 kB', codec: 'vp8', sizeBytes: 7000 },
] as const;
const ratioAim = 3;

/** What sealing and opening a frame costs in a worker of Chromium, beside Web Crypto alone. */
export async function* chromiumFrameRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const input: FramesInput = { quick, frames };
  const output = await runInChromium<FramesOutput>({
    entry: new URL('./framesInChromium.ts', import.meta.url),
    input,
    context: 'worker',
  });
  for (const [at, { what }] of frames.entries()) {
    const { sframe, floor } = output[at]!;
    yield {
      suite: 'calls',
      name: `Chromium: seal and open a frame of ${what}`,
      value: sframe,
      unit: 'µs',
      floor,
      ratio: sframe / floor,
      aim: `ratio <= ${ratioAim}`,
      holds: sframe / floor <= ratioAim,
    };
  }
}
