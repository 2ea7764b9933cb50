import {
  commit,
  createGroup,
  type GroupState,
  merge,
  type PendingCommit,
  type ProposalInput,
  type Signer,
  stageWelcome,
  stateDelta,
  unprotect,
} from '@sotto/mls';
import { type CountedSuite, countedSuite, createOperationFloor } from './countedSuite.ts';
import type { OpenedFixture } from './groupFixture.ts';
import { expectKind, lifetimeAt } from './members.ts';
import { type Clock, timeInTurns } from './rounds.ts';

/** Milliseconds, of groups with a filled tree. */
export interface GroupCost {
  readonly commit: number;
  readonly commitFloor: number;
  readonly process: number;
  readonly processFloor: number;
  readonly join: number;
  /** As many signature checks as there are leaves. */
  readonly joinFloor: number;
}

export interface GroupWork {
  readonly rounds: number;
  /** Runs to a sample: as few as the clock allows, since another process takes a processor for milliseconds. */
  readonly perRound: number;
  /** For joining. */
  readonly longRounds: number;
}

export async function commitWith(
  state: GroupState,
  signer: Signer,
  proposals: readonly ProposalInput[],
): Promise<PendingCommit> {
  return expectKind(await commit(state, signer, { nowMs: Date.now(), proposals }), 'pendingCommit');
}

export async function createFrom(
  opened: OpenedFixture,
  adds: readonly ProposalInput[],
): Promise<PendingCommit> {
  const { suite, signer } = opened;
  const alone = await createGroup(suite, signer, {
    groupId: suite.randomBytes(16),
    credential: { kind: 'basic', identity: new TextEncoder().encode('creator') },
    lifetime: lifetimeAt(Date.now()),
  });
  return commitWith(expectKind(alone, 'active'), signer, adds);
}

export async function joinFrom(opened: OpenedFixture): Promise<GroupState> {
  const { suite, welcome, ratchetTree } = opened;
  const keyPackage = opened.readOwnKeyPackage();
  return expectKind(await stageWelcome(suite, { welcome, ratchetTree, keyPackage }), 'stagedJoin').next;
}

/** The key operations of one run, and the same bare. */
async function floorOf(
  opened: OpenedFixture,
  run: (counted: CountedSuite) => Promise<unknown>,
): Promise<() => Promise<void>> {
  const counted = countedSuite(opened.suite);
  await run(counted);
  const steps = Math.ceil(Math.log2(opened.fixture.members));
  return createOperationFloor(opened.suite, opened.signer, counted.counts, steps);
}

/** `longClock` is for joining. */
export async function measureGroupCost(
  opened: OpenedFixture,
  work: GroupWork,
  longClock?: Clock,
): Promise<GroupCost> {
  const { suite, signer } = opened;
  const committer = opened.readCommitter();
  const receiver = opened.readReceiver();
  const nowMs = Date.now();
  // The first commit of a state that was read hashes its tree; those measured do not.
  const { commitMessage } = await commitWith(committer, signer, []);
  const process = async (state: GroupState) =>
    merge(expectKind(await unprotect(state, commitMessage, { nowMs }), 'stagedCommit'));
  await process(receiver);
  const commitFloor = await floorOf(opened, (counted) =>
    commitWith({ ...committer, suite: counted.suite }, counted.counted(signer), []),
  );
  const processFloor = await floorOf(opened, (counted) => process({ ...receiver, suite: counted.suite }));
  const short = await timeInTurns(
    {
      commit: () => commitWith(committer, signer, []),
      commitFloor,
      process: () => process(receiver),
      processFloor,
    },
    { rounds: work.rounds, perRound: work.perRound, warmUps: 150 },
  );
  const checked = suite.randomBytes(300);
  const leaves = receiver.tree.leaves.filter((leaf) => leaf !== null);
  const long = await timeInTurns(
    {
      join: () => joinFrom(opened),
      // Whether a signature is right or wrong makes no difference to what checking it costs.
      joinFloor: async () => {
        for (const leaf of leaves) await suite.signature.verify(leaf.signatureKey, checked, leaf.signature);
      },
    },
    { rounds: work.longRounds, perRound: 1, warmUps: 5, ...(longClock && { clock: longClock }) },
  );
  return { ...short, ...long };
}

/** Bytes that steps write to storage. */
export interface WrittenBytes {
  readonly firstMessage: number;
  readonly nextMessage: number;
  readonly ownCommit: number;
  readonly receivedCommit: number;
  readonly add10: number;
  readonly whole: number;
}

function bytesBetween(before: GroupState | null, after: GroupState): number {
  const { clear, remove, put } = stateDelta(before, after);
  return put.reduce((sum, { value }) => sum + value.length + 3, 0) + 3 * remove.length + clear.length;
}

export async function measureWrittenBytes(
  opened: OpenedFixture,
  send: (state: GroupState, signer: Signer) => Promise<{ state: GroupState; bytes: Uint8Array }>,
): Promise<WrittenBytes> {
  const { signer } = opened;
  const nowMs = Date.now();
  const committer = opened.readCommitter();
  const receiver = opened.readReceiver();
  const first = await send(committer, signer);
  const next = await send(first.state, signer);
  const readFirst = expectKind(await unprotect(receiver, first.bytes, { nowMs }), 'application').state;
  const readNext = expectKind(await unprotect(readFirst, next.bytes, { nowMs }), 'application').state;
  const empty = await commitWith(committer, signer, []);
  const staged = expectKind(await unprotect(readNext, empty.commitMessage, { nowMs }), 'stagedCommit');
  const after = expectKind(merge(staged), 'active');
  const add10 = await commitWith(committer, signer, await opened.adds('new', 10));
  return {
    firstMessage: bytesBetween(receiver, readFirst),
    nextMessage: bytesBetween(readFirst, readNext),
    ownCommit: bytesBetween(committer, empty.nextState),
    receivedCommit: bytesBetween(readNext, after),
    add10: bytesBetween(committer, add10.nextState),
    whole: bytesBetween(null, receiver),
  };
}
