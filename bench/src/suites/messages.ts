import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { runInChromium } from '@sotto/testkit/chromiumRun';
import { type MessageTimes, measureMessages } from '../messages/measureMessages.ts';
import type { BenchOptions, Row } from '../row.ts';

const peersFolder = fileURLToPath(new URL('../../peers', import.meta.url));

/** Protecting and unprotecting a 100-byte message between two devices: Node and Chromium. */
export async function* messageRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const work = { rounds: quick ? 12 : 15, messagesPerRound: quick ? 500 : 1000 };
  const inNode = await measureMessages(await loadNodeProvider(), suiteIds.hybridChaCha20, work);
  yield* rowsOf('Node', inNode, senderKeyTimes(work));
  const entry = new URL('../messages/inChromium.ts', import.meta.url);
  const inChromium = await runInChromium<MessageTimes>({ entry, input: work, context: 'worker' });
  yield* rowsOf('Chromium', inChromium, null);
}

function* rowsOf(
  platform: string,
  times: MessageTimes,
  peer: { protect: number; unprotect: number } | null,
): Iterable<Row> {
  for (const kind of ['protect', 'unprotect'] as const) {
    const floor = times[`${kind}Floor`];
    const ratio = times[kind] / floor;
    yield {
      suite: 'foundation',
      name: `${platform}: ${kind} a 100-byte message, 2 devices`,
      value: times[kind],
      unit: 'µs',
      floor,
      ...(peer && { peer: peer[kind] }),
      ratio,
      aim: '<= 1.3',
      holds: ratio <= 1.3,
    };
  }
}

/** libsignal's sender keys, from a package of their own that is installed only here. */
function senderKeyTimes(work: { rounds: number; messagesPerRound: number }): {
  protect: number;
  unprotect: number;
} {
  if (!existsSync(join(peersFolder, 'node_modules'))) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: peersFolder });
  }
  const args = ['src/senderKeys.ts', String(work.rounds), String(work.messagesPerRound)];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: peersFolder, encoding: 'utf8' }));
}
