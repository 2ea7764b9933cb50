import { type CallingPair, connectBare, openCallingPair } from '@sotto/sdk/callsInNode';
import { startServerProcess } from '@sotto/sdk/serverProcess';
import { withFolder } from '../disappearing/folder.ts';
import { quantile } from '../disappearing/rows.ts';
import type { BenchOptions, Row } from '../row.ts';

const suite = 'calls';
const ringAimMs = 1000;

/** From the wish to call until both hear each other, between two devices in Node through a server. */
export async function* nodeRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const server = await startServerProcess();
  try {
    yield* await withFolder(async (folder) => {
      const pair = await openCallingPair(server.address, folder);
      try {
        return await ringRows(pair, quick ? 4 : 50);
      } finally {
        await pair.close();
      }
    });
  } finally {
    await server.remove();
  }
}

async function ringRows(pair: CallingPair, count: number): Promise<Row[]> {
  const [talkingMs, bareMs]: [number[], number[]] = [[], []];
  // The first one loads code.
  for (let round = 0; round <= count; round++) {
    const startMs = performance.now();
    const [call] = await pair.call();
    const tookMs = performance.now() - startMs;
    await call?.end();
    const floorMs = await connectBare();
    if (round === 0) continue;
    talkingMs.push(tookMs);
    bareMs.push(floorMs);
  }
  return [0.5, 0.95].map((part) => {
    const [value, floor] = [quantile(talkingMs, part), quantile(bareMs, part)];
    return {
      suite,
      name: `Node: ring to talking, answered at once, p${part * 100}`,
      value,
      unit: 'ms',
      floor,
      ratio: value / floor,
      aim: `<= ${ringAimMs} ms`,
      holds: value <= ringAimMs,
    };
  });
}
