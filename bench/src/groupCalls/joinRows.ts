import { measureGroupJoining } from '@sotto/web/testing/measureGroupJoining';
import { quantile } from '../disappearing/rows.ts';
import type { BenchOptions, Row } from '../row.ts';

const aimMs = 2000;
/** Who leaves is followed by a new generation after half a second, which is sealed with a second and a half later. */
const renewalMs = 2000;

/** The app itself in two pages of Chromium, through a server and its relay. */
export async function* joinRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const { joining, comingBack } = await measureGroupJoining(quick ? 1 : 10);
  const suite = 'group-calls';
  const value = quantile(joining, 0.5);
  yield {
    suite,
    name: 'Chromium: the app, from the button to the first picture of another, p50',
    value,
    unit: 'ms',
    aim: `<= ${aimMs} ms`,
    holds: value <= aimMs,
  };
  const back = quantile(comingBack, 0.5);
  yield {
    suite,
    name: 'Chromium: the same, at once after leaving, p50',
    value: back,
    unit: 'ms',
    floor: renewalMs,
    ratio: back / renewalMs,
  };
}
