import type { BenchOptions, Row } from '../row.ts';
import type { Forwarded } from './allToAll.ts';
import { openRoom } from './room.ts';
import { logarithmicSlope } from './slope.ts';

const suite = 'group-calls';
/** So that a call of fifty takes no more than a processor. */
const shareAim = 2;
const slopeAim = 1.1;
const joinAimMs = 1000;

/** What a call takes by its size, and how soon somebody new sees something. */
export async function* roomRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const [warmUpMs, durationMs] = quick ? [1500, 1500] : [4000, 8000];
  const growing: Forwarded[] = [];
  for (const senders of quick ? [2, 8, 16] : [2, 4, 8, 16, 32, 50]) {
    const room = await openRoom({ senders });
    try {
      await room.measure(warmUpMs);
      const measured = await room.measure(durationMs);
      growing.push(measured);
      if ([8, 16, 50].includes(senders)) yield shareRow(senders, measured);
      yield joinRow(senders, await room.joinOneMore());
    } finally {
      await room.close();
    }
  }
  yield slopeRow(`from 2 to ${quick ? 16 : 50} that send`, growing);
  const listening: Forwarded[] = [];
  for (const listeners of quick ? [5, 20] : [10, 50, 100, 200]) {
    const room = await openRoom({ senders: 3, listeners });
    try {
      await room.measure(warmUpMs);
      listening.push(await room.measure(durationMs));
    } finally {
      await room.close();
    }
  }
  yield slopeRow(quick ? 'from 5 to 20 that listen' : 'from 10 to 200 that listen', listening);
}

function shareRow(senders: number, { relayMs, durationMs }: Forwarded): Row {
  const value = ((relayMs / durationMs) * 100) / senders;
  return {
    suite,
    name: `Relay: share of a processor for each of ${senders}`,
    value,
    unit: '%',
    aim: `<= ${shareAim} %`,
    holds: value <= shareAim,
  };
}

function joinRow(senders: number, tookMs: number | null): Row {
  return {
    suite,
    name: `Relay: from the seat to the first picture, among ${senders}`,
    value: tookMs ?? Number.POSITIVE_INFINITY,
    unit: 'ms',
    aim: `<= ${joinAimMs} ms`,
    holds: tookMs !== null && tookMs <= joinAimMs,
  };
}

/** 1: what it takes grows as what it forwards. */
function slopeRow(name: string, measured: readonly Forwarded[]): Row {
  const slope = logarithmicSlope(measured.map(({ receivedPackets, relayMs }) => [receivedPackets, relayMs]));
  return {
    suite,
    name: `Relay: processor time by packets, ${name}: slope of the logarithms`,
    value: slope,
    unit: '',
    aim: `<= ${slopeAim}`,
    holds: slope <= slopeAim,
  };
}
