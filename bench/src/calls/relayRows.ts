import { measureForwarding } from '@sotto/relay/testing';
import type { BenchOptions, Row } from '../row.ts';

const ratioAim = 0.5;

/** What the relay forwards in a second of processor time, beside a process that only receives and sends. */
export async function* relayRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const { relayed, bare, ratio } = await measureForwarding({ readings: quick ? 2 : 10 });
  yield {
    suite: 'calls',
    name: 'Relay: packets of 1,000 bytes a processor second',
    value: relayed,
    unit: '1/s',
    floor: bare,
    ratio,
    aim: `ratio >= ${ratioAim}`,
    holds: ratio >= ratioAim,
  };
}
