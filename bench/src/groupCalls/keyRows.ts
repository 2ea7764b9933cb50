import { openGroupOfDevices } from '@sotto/sdk/groupCallsInNode';
import { startServerProcess } from '@sotto/sdk/serverProcess';
import { withFolder } from '../disappearing/folder.ts';
import { quantile } from '../disappearing/rows.ts';
import type { BenchOptions, Row } from '../row.ts';

/** Leaves wait half a second for others, and new keys seal a second and a half after they came: so much is meant. */
const meantMs = 2000;
const aimMs = 3000;

/** From leaving a call until all others seal with keys that the one who left does not have: engines in Node, through a server. */
export async function* keyRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const [people, rounds] = quick ? [4, 1] : [8, 10];
  const server = await startServerProcess({ SOTTO_CALLS_PORT: '0' });
  try {
    yield await withFolder(async (folder) => {
      const group = await openGroupOfDevices(server.address, folder, people);
      try {
        const times: number[] = [];
        for (let round = 0; round < rounds; round++) times.push(await group.leaveToNewKeys());
        const value = quantile(times, 0.5);
        return {
          suite: 'group-calls',
          name: `Node: from leaving to new keys in use by all, ${people} people, p50`,
          value,
          unit: 'ms',
          floor: meantMs,
          ratio: value / meantMs,
          aim: `<= ${aimMs} ms`,
          holds: value <= aimMs,
        };
      } finally {
        await group.close();
      }
    });
  } finally {
    await server.remove();
  }
}
