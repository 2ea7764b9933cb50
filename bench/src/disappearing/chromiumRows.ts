import { measureDisappearing } from '@sotto/web/testing/measureDisappearing';
import type { BenchOptions, Row } from '../row.ts';
import { withFolder } from './folder.ts';
import { quantile, spreadRows } from './rows.ts';
import { countTextsLeft } from './textsLeft.ts';

/** Time to open the app and another tab in. */
const leadMs = 16_000;
/** As of the scrolling thread: a frame that came later than this was missed. */
const missedMs = (1.5 * 1000) / 60;

/** The web app while messages of the open thread disappear within a minute; the floor is the same thread at rest. */
export async function* chromiumRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const work = { count: quick ? 10_000 : 100_000, spanMs: quick ? 6_000 : 60_000, leadMs };
  const { times, frameMs, restFrameMs, textsLeft } = await withFolder(async (profile) => ({
    ...(await measureDisappearing(profile, work)),
    textsLeft: await countTextsLeft(profile),
  }));
  yield* spreadRows({ platform: 'Chromium', count: work.count, times, textsLeft });
  const what = 'Chromium: the open thread meanwhile';
  const missedOf = (all: readonly number[]) => (all.filter((ms) => ms > missedMs).length / all.length) * 100;
  const missed = missedOf(frameMs);
  const row = { suite: 'disappearing' } as const;
  const p95 = quantile(frameMs, 0.95);
  yield {
    ...row,
    name: `${what}, time of a frame, p95`,
    value: p95,
    unit: 'ms',
    floor: quantile(restFrameMs, 0.95),
    aim: '<= 25 ms',
    holds: p95 <= missedMs,
  };
  yield {
    ...row,
    name: `${what}, frames that came late`,
    value: missed,
    unit: '%',
    floor: missedOf(restFrameMs),
    aim: '<= 5 %',
    holds: missed <= 5,
  };
  yield {
    ...row,
    name: `${what}, longest frame`,
    value: Math.max(...frameMs),
    unit: 'ms',
    floor: Math.max(...restFrameMs),
  };
}
