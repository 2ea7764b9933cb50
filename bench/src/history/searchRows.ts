import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SearchTimes } from '@sotto/client/measureSearch';
import { searchInNode } from '@sotto/sdk/searchInNode';
import { launchChromiumProfile } from '@sotto/testkit/chromium';
import { runInChromium } from '@sotto/testkit/chromiumRun';
import type { BenchOptions, Row } from '../row.ts';

const aimMs = 50;

/** Search while typing over a long history, in Node and in Chromium: the slowest of all queries. */
export async function* searchRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const count = quick ? 20_000 : 100_000;
  yield* rowsOf('Node', count, await searchInNode(count));
  const entry = new URL('./searchInChromium.ts', import.meta.url);
  const folder = mkdtempSync(join(tmpdir(), 'sotto-profile-'));
  const browser = await launchChromiumProfile(folder);
  const input = { count };
  const inChromium = await runInChromium<SearchTimes>({ entry, input, context: 'worker', browser });
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
  yield* rowsOf('Chromium', count, inChromium);
}

function* rowsOf(platform: string, count: number, times: SearchTimes): Iterable<Row> {
  const of = count.toLocaleString('en');
  yield {
    suite: 'history',
    name: `${platform}: search ${of} messages while typing, slowest`,
    value: times.slowestMs,
    unit: 'ms',
    peer: times.scanMs,
    aim: `<= ${aimMs} ms`,
    holds: times.slowestMs <= aimMs,
  };
  yield {
    suite: 'history',
    name: `${platform}: search ${of} messages while typing, median`,
    value: times.medianMs,
    unit: 'ms',
    peer: times.scanMs,
  };
  yield {
    suite: 'history',
    name: `${platform}: store texts with their search index`,
    value: times.storedPerSecond,
    unit: 'messages/s',
  };
}
