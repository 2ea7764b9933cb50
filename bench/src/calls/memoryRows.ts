import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openChromiumCalls } from '@sotto/sdk/callsInChromium';
import { openCallingPair } from '@sotto/sdk/callsInNode';
import { startServerProcess } from '@sotto/sdk/serverProcess';
import { withFolder } from '../disappearing/folder.ts';
import type { BenchOptions, Row } from '../row.ts';

/** Bytes that are used at this moment. */
type Used = () => number | Promise<number>;

/** A browser's processes come and go with what it does besides. */
const aimMegabytes = { Node: 8, Chromium: 40 } as const;
const growthUnit = 1e6;

/** What a long call with pictures takes more at its end than after its first tenth: in Node and in Chromium at the same time. */
export async function* memoryRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const durationS = quick ? 6 : 1800;
  const [node, chromium] = await Promise.all([growthInNode(durationS), growthInChromium(durationS)]);
  for (const [platform, grown] of [
    ['Node', node],
    ['Chromium', chromium],
  ] as const) {
    const aim = aimMegabytes[platform];
    yield {
      suite: 'calls',
      name: `${platform}: memory grown over a call of ${durationS} s, both sides`,
      value: grown / growthUnit,
      unit: 'MB',
      aim: `<= ${aim} MB`,
      holds: grown <= aim * growthUnit,
    };
  }
}

async function growth(durationS: number, used: Used): Promise<number> {
  await wait(durationS * 100);
  const before = await used();
  await wait(durationS * 900);
  return (await used()) - before;
}

async function growthInNode(durationS: number): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const server = await startServerProcess();
  try {
    return await withFolder(async (folder) => {
      const pair = await openCallingPair(server.address, folder);
      try {
        await pair.call({ video: true });
        return await growth(durationS, () => {
          collect();
          collect();
          const { heapUsed, external } = process.memoryUsage();
          return heapUsed + external;
        });
      } finally {
        await pair.close();
      }
    });
  } finally {
    await server.remove();
  }
}

async function growthInChromium(durationS: number): Promise<number> {
  const browser = await openChromiumCalls();
  try {
    await browser.connect('product');
    return await growth(durationS, browser.memoryBytes);
  } finally {
    await browser.close();
  }
}
