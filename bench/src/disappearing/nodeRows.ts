import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTalkingDevice, fillInNode } from '@sotto/sdk/disappearingInNode';
import { type DisappearingTimes, measureDisappearing } from '@sotto/sdk/disappearingTimes';
import { openSotto } from '@sotto/sdk/node';
import { startServerProcess } from '@sotto/sdk/serverProcess';
import { longestTaskMs } from '../mls/longestTask.ts';
import type { BenchOptions, Row } from '../row.ts';
import { type FloorTimes, measureFloor } from './floor.ts';
import { withFolder } from './folder.ts';
import { spreadRows } from './rows.ts';
import { countTexts, countTextsLeft } from './textsLeft.ts';

/** Time to open the device in. */
const leadMs = 8_000;
/** From where a browser calls it a long task. */
const longestAimMs = 50;

interface Measured {
  readonly times: DisappearingTimes;
  readonly longestMs: number;
  readonly textsLeft: number;
  readonly floor: FloorTimes;
}

/** A device in Node whose messages disappear: within a minute, and all at once, as on a device that slept. */
export async function* nodeRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const count = quick ? 10_000 : 100_000;
  const server = await startServerProcess();
  try {
    const spread = await measure(server.address, 'anna', count, quick ? 6_000 : 60_000);
    yield* spreadRows({ platform: 'Node', count, ...spread });
    yield longestRow(`Node: ${count.toLocaleString('en')} messages within a minute`, spread);
    const atOnce = await measure(server.address, 'carl', count, 0);
    const what = `Node: ${count.toLocaleString('en')} messages due at once`;
    const { times, floor } = atOnce;
    yield {
      suite: 'disappearing',
      name: `${what}, gone after`,
      value: times.goneMs,
      unit: 'ms',
      floor: floor.totalMs,
      ratio: times.goneMs / floor.totalMs,
    };
    yield longestRow(what, atOnce);
  } finally {
    await server.remove();
  }
}

function longestRow(what: string, { longestMs, floor }: Measured): Row {
  return {
    suite: 'disappearing',
    name: `${what}, longest time that nothing else ran`,
    value: longestMs,
    unit: 'ms',
    floor: floor.longestMs,
    aim: `<= ${longestAimMs} ms, or twice the floor`,
    holds: longestMs <= Math.max(longestAimMs, 2 * floor.longestMs),
  };
}

function measure(server: string, name: string, count: number, spanMs: number): Promise<Measured> {
  return withFolder(async (folder) => {
    const dataFolder = join(folder, 'device');
    const work = { count, spanMs, leadMs };
    await createTalkingDevice(server, dataFolder, name);
    const firstMs = await fillInNode(dataFolder, work);
    const copy = join(folder, 'floor.sqlite');
    copyFileSync(join(dataFolder, 'device.sqlite'), copy);
    if (countTexts(dataFolder) < count) throw new Error('The texts are not where they are looked for.');
    const sotto = await openSotto({ server, dataFolder });
    let times: DisappearingTimes | null = null;
    const longestMs = await longestTaskMs(1, async () => {
      times = await measureDisappearing(sotto, work, firstMs);
    });
    if (times === null) throw new Error('Nothing was measured.');
    const textsLeft = await countTextsLeft(dataFolder);
    await sotto.close();
    return { times, longestMs, textsLeft, floor: measureFloor(copy) };
  });
}
