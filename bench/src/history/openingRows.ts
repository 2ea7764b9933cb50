import { loadNodeProvider } from '@sotto/primitives/node';
import { runInChromium } from '@sotto/testkit/chromiumRun';
import { installPeers, type PeerTimes, runChromiumPeer, runPeer, versionOf } from '../peers.ts';
import type { BenchOptions, Row } from '../row.ts';
import { measureOpening, type OpeningTimes } from './measureOpening.ts';

const count = 10_000;

/** What opening takes in each platform: the floors of restoring, beside which it is shown. */
export interface Openings {
  readonly node: OpeningTimes;
  readonly chromium: OpeningTimes;
}

export async function measureOpenings({ quick }: BenchOptions): Promise<Openings> {
  const work = { rounds: quick ? 8 : 20, perRound: quick ? 100 : 500 };
  const node = await measureOpening(await loadNodeProvider(), work);
  const entry = new URL('./openingInChromium.ts', import.meta.url);
  const chromium = await runInChromium<OpeningTimes>({ entry, input: work, context: 'worker' });
  return { node, chromium };
}

/** Catching up with 10,000 messages that came meanwhile, beside comparable systems that do the same. */
export async function* catchUpRows(
  { node, chromium }: Openings,
  { quick }: BenchOptions,
): AsyncIterable<Row> {
  installPeers();
  const libsignal = runPeer('@signalapp/libsignal-client', 'senderKeys.ts', 3, quick ? 300 : 3000);
  yield catchUpRow('Node', `libsignal ${versionOf('@signalapp/libsignal-client')}`, node, libsignal);
  const matrix = '@matrix-org/matrix-sdk-crypto-wasm';
  const megolm = await runChromiumPeer(matrix, 'megolm.ts', 'worker', quick ? 300 : 1000);
  yield catchUpRow('Chromium', `Megolm (Matrix ${versionOf(matrix)})`, chromium, megolm);
}

function catchUpRow(platform: string, peerName: string, { live }: OpeningTimes, peer: PeerTimes | null): Row {
  const seconds = (microseconds: number) => (microseconds * count) / 1e6;
  return {
    suite: 'history',
    name: `${platform}: open 10,000 missed messages, beside ${peerName}`,
    value: seconds(live),
    unit: 's',
    ...(peer && { peer: seconds(peer.unprotect), ratio: live / peer.unprotect }),
  };
}
