import type { GroupStep } from '@sotto/client/measureGroupStorage';
import { groupStorageInNode } from '@sotto/sdk/groupStorageInNode';
import type { BenchOptions, Row } from '../row.ts';

/** By size of the group: how often a device has committed, so that the tree is as filled as one in use. */
const groups = [
  { size: 2, fillEvery: 1 },
  { size: 256, fillEvery: 2 },
  { size: 1000, fillEvery: 4 },
] as const;

/** Names, and kilobytes that the step should write at most, whatever the group's size. */
const steps: readonly (readonly [GroupStep, string, number])[] = [
  ['firstMessage', "a device's first message of an epoch", 2],
  ['nextMessage', 'a message', 1],
  ['manySteps', 'first messages of eight devices at once', 8],
  ['receivedCommit', 'a received commit', 16],
  ['ownCommitMade', 'an own commit with what is sent of it', 64],
  ['ownCommitMerged', 'an own commit that is in force', 16],
];

/**
 * What a device writes of a conversation step by step, through the tables of the client: given to the database, and in
 * whole pages of its log (`peer`).
 */
export async function* clientStorageRows({ quick }: BenchOptions): AsyncIterable<Row> {
  for (const { size, fillEvery } of groups) {
    const { written, openMs } = await groupStorageInNode(size, quick ? fillEvery * 2 : fillEvery);
    const of = `Device storage at ${size}:`;
    for (const [step, name, most] of steps) {
      const { given, logged } = written[step];
      yield {
        suite: 'mls',
        name: `${of} ${name} (peer: in pages)`,
        value: given / 1024,
        unit: 'kB',
        peer: logged / 1024,
        aim: `<= ${most} kB`,
        holds: given <= most * 1024,
      };
    }
    const { given, logged } = written.everything;
    yield {
      suite: 'mls',
      name: `${of} everything (peer: in pages)`,
      value: given / 1024,
      unit: 'kB',
      peer: logged / 1024,
    };
    yield { suite: 'mls', name: `${of} reading it back`, value: openMs, unit: 'ms' };
  }
}
