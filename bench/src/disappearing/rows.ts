/** What is told of both platforms. */
import type { DisappearingTimes } from '@sotto/sdk/disappearingTimes';
import type { Row } from '../row.ts';

const suite = 'disappearing';
/** After the last deadline, and after each. */
const goneAimMs = 5_000;
const latestAimMs = 1_000;
const answerAimMs = 100;

export interface Spread {
  readonly platform: 'Node' | 'Chromium';
  readonly count: number;
  readonly times: DisappearingTimes;
  readonly textsLeft: number;
}

export function* spreadRows({ platform, count, times, textsLeft }: Spread): Iterable<Row> {
  const what = `${platform}: ${count.toLocaleString('en')} messages within a minute`;
  const { goneMs, latestMs, readMs, sendMs } = times;
  yield msRow(`${what}, last gone after its time`, goneMs, goneAimMs);
  yield msRow(`${what}, latest gone after its time`, latestMs, latestAimMs);
  yield msRow(`${what}, a page read meanwhile, p95`, quantile(readMs, 0.95), answerAimMs);
  yield msRow(`${what}, a text sent meanwhile, p95`, quantile(sendMs, 0.95), answerAimMs);
  yield {
    suite,
    name: `${what}, texts left in its files`,
    value: textsLeft,
    unit: '',
    aim: '0',
    holds: textsLeft === 0,
  };
}

function msRow(name: string, value: number, aimMs: number): Row {
  return { suite, name, value, unit: 'ms', aim: `<= ${aimMs} ms`, holds: value <= aimMs };
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
