import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { runInChromium } from '@sotto/testkit/chromiumRun';
import { type MessageCost, type MessageWork, measureMessageCost } from '../mls/messageCost.ts';
import { installPeers, type PeerTimes, runPeer } from '../peers.ts';
import type { BenchOptions, Row } from '../row.ts';

/** Protecting and unprotecting a 100-byte message between two devices: Node and Chromium. */
export async function* messageRows({ quick }: BenchOptions): AsyncIterable<Row> {
  installPeers();
  const work: MessageWork = { members: 2, rounds: quick ? 30 : 75, messagesPerRound: 200 };
  const suite = (await loadNodeProvider()).suite(suiteIds.hybridChaCha20);
  const inNode = await measureMessageCost(suite, work);
  yield* rowsOf('Node', inNode, runPeer('libsignal', 'senderKeys.ts', work.rounds, work.messagesPerRound));
  const entry = new URL('../mls/messagesInChromium.ts', import.meta.url);
  const inChromium = await runInChromium<MessageCost>({ entry, input: work, context: 'worker' });
  yield* rowsOf('Chromium', inChromium, null);
}

function* rowsOf(platform: string, cost: MessageCost, peer: PeerTimes | null): Iterable<Row> {
  for (const kind of ['protect', 'unprotect'] as const) {
    const floor = cost[`${kind}Floor`];
    const ratio = cost[kind] / floor;
    yield {
      suite: 'foundation',
      name: `${platform}: ${kind} a 100-byte message, 2 devices`,
      value: cost[kind],
      unit: 'µs',
      floor,
      ...(peer && { peer: peer[kind] }),
      ratio,
      aim: '<= 1.3',
      holds: ratio <= 1.3,
    };
  }
}
