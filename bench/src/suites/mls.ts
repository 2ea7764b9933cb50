import { type GroupState, protect, type Signer } from '@sotto/mls';
import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { runInChromium } from '@sotto/testkit/chromiumRun';
import { clientStorageRows } from '../mls/clientStorageRows.ts';
import { type GroupCost, measureGroupCost, measureWrittenBytes } from '../mls/groupCost.ts';
import { createGroupFixture, type GroupFixture, openFixture } from '../mls/groupFixture.ts';
import { type Growth, measureGrowth } from '../mls/growth.ts';
import type { ChromiumInput, ChromiumOutput } from '../mls/inChromium.ts';
import { expectKind } from '../mls/members.ts';
import { memoryOfEach } from '../mls/memory.ts';
import { type MessageCost, measureMessageCost } from '../mls/messageCost.ts';
import { processorTimeMs } from '../mls/processorTime.ts';
import { installPeers, leftOut, type PeerTimes, runChromiumPeer, runPeer, versionOf } from '../peers.ts';
import type { Row, Suite } from '../row.ts';

const suite = 'mls';
/** Node where Ed25519 is left to OpenSSL. */
const fallback = 'Node without sodium-native';

export const mls: Suite = async function* mls({ quick }) {
  installPeers();
  // Short rounds and many: another process takes a processor for milliseconds at a time.
  const rounds = quick ? 60 : 200;
  const messagesPerRound = 20;
  const groupWork = { rounds: quick ? 75 : 200, perRound: 2, longRounds: quick ? 8 : 16 };
  // What a user of Node gets, and what remains where sodium-native has no build.
  const provider = await loadNodeProvider();
  const withoutNative = await loadNodeProvider({ sodiumNative: 'avoid' });
  const hasNative = provider.name !== withoutNative.name;
  if (!hasNative) leftOut('sodium-native', 'not installed');
  const messageSuite = provider.suite(suiteIds.hybridChaCha20);

  const libsignal = `libsignal ${versionOf('@signalapp/libsignal-client')} sender keys`;
  const senderKeys = runPeer('libsignal', 'senderKeys.ts', rounds, messagesPerRound);
  for (const members of [2, 256]) {
    const cost = await measureMessageCost(messageSuite, { members, rounds, messagesPerRound });
    yield* messageRows(`Node, ${members} members`, cost);
    if (members === 2) yield* peerRows('Node', libsignal, cost, senderKeys, true);
  }
  if (hasNative) {
    const work = { members: 2, rounds, messagesPerRound };
    const cost = await measureMessageCost(withoutNative.suite(suiteIds.hybridChaCha20), work);
    yield* messageRows(fallback, cost);
    yield* peerRows(fallback, libsignal, cost, senderKeys, false);
  }
  const tsMls = runPeer('ts-mls', 'tsMls.ts', quick ? 3 : 9, 50);
  const plain = await measureMessageCost(provider.suite(suiteIds.x25519Aes128), {
    members: 2,
    rounds,
    messagesPerRound,
  });
  yield* peerRows('Node', `ts-mls ${versionOf('ts-mls')}, suite 1`, plain, tsMls, false);

  // X25519: with ML-KEM beside it the primitives take more, and the engine is the smaller part.
  const large = await createGroupFixture(provider.suite(suiteIds.x25519ChaCha20), 1000);
  const middle = await createGroupFixture(provider.suite(suiteIds.x25519ChaCha20), 256);
  const opened = await openFixture(provider, large);
  const openedMiddle = await openFixture(provider, middle);
  yield* groupRows('Node', await measureGroupCost(opened, groupWork, processorTimeMs));
  yield* growthRows('Node', await measureGrowth(openedMiddle, opened, groupWork.longRounds));
  if (hasNative) {
    const openedWithout = await openFixture(withoutNative, large);
    yield* groupRows(fallback, await measureGroupCost(openedWithout, groupWork, processorTimeMs));
  }

  yield* storageRows(1000, await measureWrittenBytes(opened, send));
  yield* storageRows(256, await measureWrittenBytes(openedMiddle, send));
  yield* clientStorageRows({ quick });
  for (const [fixture, count] of [
    [await createGroupFixture(provider.suite(suiteIds.x25519ChaCha20), 2), 400],
    [middle, 20],
    [large, 8],
  ] as const) {
    const { readReceiver } = await openFixture(provider, fixture);
    const value = memoryOfEach(count, readReceiver) / 1024;
    yield { suite, name: `Memory of a group of ${fixture.members}`, value, unit: 'kB' };
  }

  yield* await chromiumRows(large, quick, groupWork);
};

async function send(state: GroupState, signer: Signer): Promise<{ state: GroupState; bytes: Uint8Array }> {
  return expectKind(await protect(state, signer, new Uint8Array(100)), 'protected');
}

function ratioRow(name: string, value: number, unit: string, floor: number, most: number): Row {
  const ratio = value / floor;
  return { suite, name, value, unit, floor, ratio, aim: `<= ${most}`, holds: ratio <= most };
}

function* messageRows(where: string, cost: MessageCost): Iterable<Row> {
  for (const kind of ['protect', 'unprotect'] as const) {
    yield ratioRow(`${where}: ${kind} 100 bytes`, cost[kind], 'µs', cost[`${kind}Floor`], 1.15);
  }
}

function* peerRows(
  where: string,
  peerName: string,
  cost: MessageCost,
  peer: PeerTimes | null,
  isAim: boolean,
): Iterable<Row> {
  if (peer === null) return;
  for (const kind of ['protect', 'unprotect'] as const) {
    const ratio = cost[kind] / peer[kind];
    const name = `${where}: ${kind} beside ${peerName}`;
    const row = { suite, name, value: cost[kind], unit: 'µs', peer: peer[kind], ratio };
    yield isAim ? { ...row, aim: '< 1', holds: ratio < 1 } : row;
  }
}

function* groupRows(where: string, cost: GroupCost): Iterable<Row> {
  yield ratioRow(`${where}: path commit at 1,000`, cost.commit, 'ms', cost.commitFloor, 2);
  yield ratioRow(`${where}: process a path commit at 1,000`, cost.process, 'ms', cost.processFloor, 2);
  yield ratioRow(`${where}: join at 1,000`, cost.join, 'ms', cost.joinFloor, 1.3);
}

/** How costs grow with the group: 1,000 members are 3.9 times 256, and so are the 999 added the 255. */
function* growthRows(where: string, { small, large }: Growth): Iterable<Row> {
  const most = 999 / 255;
  for (const [kind, name] of [
    ['create', 'create with all others added'],
    ['add1', 'add 1'],
    ['add10', 'add 10'],
    ['remove1', 'remove 1'],
  ] as const) {
    const ratio = large[kind] / small[kind];
    yield {
      suite,
      name: `${where}: ${name} at 1,000 (floor: at 256)`,
      value: large[kind],
      unit: 'ms',
      floor: small[kind],
      ratio,
      aim: `<= ${most.toFixed(1)}`,
      holds: ratio <= most,
    };
  }
}

function* storageRows(
  members: number,
  written: Awaited<ReturnType<typeof measureWrittenBytes>>,
): Iterable<Row> {
  const atMost = { firstMessage: 2, nextMessage: 1, ownCommit: 8, receivedCommit: 8, add10: 16 } as const;
  for (const [kind, name] of [
    ['firstMessage', "a sender's first message of an epoch"],
    ['nextMessage', 'a message'],
    ['ownCommit', 'an own path commit'],
    ['receivedCommit', 'a received path commit'],
    ['add10', 'an own commit that adds 10'],
  ] as const) {
    const value = written[kind] / 1024;
    const most = atMost[kind];
    yield {
      suite,
      name: `Stored at ${members}: ${name}`,
      value,
      unit: 'kB',
      aim: `<= ${most} kB`,
      holds: value <= most,
    };
  }
  yield { suite, name: `Stored at ${members}: everything`, value: written.whole / 1024, unit: 'kB' };
}

async function* chromiumRows(
  fixture: GroupFixture,
  quick: boolean,
  groupWork: ChromiumInput['group']['work'],
): AsyncIterable<Row> {
  const rounds = quick ? 25 : 60;
  const catchUpCount = quick ? 2000 : 10_000;
  const input: ChromiumInput = {
    // A browser's clock moves on by a tenth of a millisecond: what 200 messages take is then told to half a microsecond.
    messages: [2, 256].map((members) => ({ members, rounds, messagesPerRound: 200 })),
    catchUp: { members: 2, rounds: 10, messagesPerRound: catchUpCount / 10 },
    group: { fixture, work: { ...groupWork, rounds: quick ? 15 : 40, perRound: 10 } },
  };
  const entry = new URL('../mls/inChromium.ts', import.meta.url);
  const output = await runInChromium<ChromiumOutput>({ entry, input, context: 'worker' });
  for (const [i, { members }] of input.messages.entries()) {
    yield* messageRows(`Chromium, ${members} members`, output.messages[i]!);
  }
  const { unprotect, unprotectFloor } = output.catchUp;
  const megolm = await runChromiumPeer(
    '@matrix-org/matrix-sdk-crypto-wasm',
    'megolm.ts',
    'worker',
    catchUpCount / 10,
  );
  const seconds = (microseconds: number) => microseconds / 100;
  const name = 'Chromium worker: catch up 10,000 messages';
  yield ratioRow(name, seconds(unprotect), 's', seconds(unprotectFloor), 1.2);
  if (megolm !== null) {
    const ratio = unprotect / megolm.unprotect;
    const beside = `${name} beside Megolm (Matrix ${versionOf('@matrix-org/matrix-sdk-crypto-wasm')})`;
    yield {
      suite,
      name: beside,
      value: seconds(unprotect),
      unit: 's',
      peer: seconds(megolm.unprotect),
      ratio,
    };
  }
  const coreCrypto = await runChromiumPeer(
    '@wireapp/core-crypto',
    'coreCrypto.ts',
    'page',
    quick ? 100 : 400,
  );
  const coreName = `core-crypto ${versionOf('@wireapp/core-crypto')}`;
  yield* peerRows('Chromium', coreName, output.messages[0]!, coreCrypto, false);
  yield* groupRows('Chromium', output.group);
  for (const [operation, value] of Object.entries(output.longestTasks)) {
    yield {
      suite,
      name: `Chromium: longest task at 1,000, ${operation}`,
      value,
      unit: 'ms',
      aim: '<= 50',
      holds: value <= 50,
    };
  }
}
