/**
 * Groups to measure with. All of a group's members are in one hand here, and the epoch's secrets are the same for
 * all of them, so any member's state is made of any other's: a group of a thousand needs no thousand states.
 */
import {
  type Credential,
  commit,
  createGroup,
  createKeyPackage,
  decodeKeyPackageSecrets,
  encodeKeyPackageSecrets,
  type GroupState,
  type Lifetime,
  type OwnKeyPackage,
  type PendingCommit,
  type ProposalInput,
  type Signer,
  type VerifiedKeyPackage,
  verifyKeyPackage,
} from '@sotto/mls';
import type { CipherSuite } from '@sotto/primitives';

const encoder = new TextEncoder();

export interface Member {
  readonly seed: Uint8Array;
  readonly signer: Signer;
  readonly credential: Credential;
  /** Private key of the member's leaf, until it commits. */
  readonly leafKey: Uint8Array;
  readonly keyPackage: VerifiedKeyPackage;
}

/** All members of a group, by leaf index, and the state of one of them. */
export interface MeasuredGroup {
  readonly suite: CipherSuite;
  readonly members: readonly Member[];
  readonly state: GroupState;
}

export function expectKind<Value extends { kind: string }, Kind extends Value['kind']>(
  value: Value,
  kind: Kind,
): Extract<Value, { kind: Kind }> {
  if (value.kind !== kind) throw new Error(`Expected ${kind}, got ${JSON.stringify(value)}`);
  return value as Extract<Value, { kind: Kind }>;
}

export function lifetimeAt(nowMs: number): Lifetime {
  const nowSeconds = BigInt(Math.floor(nowMs / 1000));
  return { notBefore: nowSeconds - 60n, notAfter: nowSeconds + 86_400n };
}

async function createMember(suite: CipherSuite, name: string): Promise<Member> {
  return (await createJoiner(suite, name)).member;
}

/** A member that is not in a group yet, with its own KeyPackage. */
export async function createJoiner(
  suite: CipherSuite,
  name: string,
): Promise<{ member: Member; own: OwnKeyPackage }> {
  const nowMs = Date.now();
  const seed = suite.signature.generateSeed();
  const signer = await suite.signature.importKey(seed);
  const credential = { kind: 'basic', identity: encoder.encode(name) } as const;
  const made = await createKeyPackage(suite, signer, { credential, lifetime: lifetimeAt(nowMs) });
  const stored = encodeKeyPackageSecrets(expectKind(made, 'ownKeyPackage'));
  const own = expectKind(decodeKeyPackageSecrets(suite, stored), 'ownKeyPackage');
  const keyPackage = expectKind(await verifyKeyPackage(suite, own.bytes, { nowMs }), 'verifiedKeyPackage');
  return { member: { seed, signer, credential, leafKey: own.leafPrivateKey, keyPackage }, own };
}

async function createAlone(suite: CipherSuite, member: Member): Promise<GroupState> {
  const group = await createGroup(suite, member.signer, {
    groupId: suite.randomBytes(16),
    credential: member.credential,
    lifetime: lifetimeAt(Date.now()),
  });
  return expectKind(group, 'active');
}

export async function commitAs(
  state: GroupState,
  member: Member,
  proposals: readonly ProposalInput[] = [],
): Promise<PendingCommit> {
  return expectKind(await commit(state, member.signer, { nowMs: Date.now(), proposals }), 'pendingCommit');
}

export function addsOf(members: readonly Member[]): ProposalInput[] {
  return members.map(({ keyPackage }) => ({ kind: 'add', keyPackage }));
}

/** The state as the member of another leaf could have it that knows no private key but its leaf's: it can commit. */
export function stateOfMember(state: GroupState, leafIndex: number, leafKey: Uint8Array): GroupState {
  const privateKeys = new Map([[leafIndex * 2, leafKey.slice()]]);
  return { ...state, ownLeafIndex: leafIndex, own: { ...state.own, privateKeys, life: { erased: false } } };
}

/** `count` members, all but the first added in one commit: the tree's parents are blank but for one path. */
export async function createUnfilled(suite: CipherSuite, count: number): Promise<MeasuredGroup> {
  const members: Member[] = [];
  for (let i = 0; i < count; i++) members.push(await createMember(suite, `member ${i}`));
  const alone = await createAlone(suite, members[0]!);
  const pending = await commitAs(alone, members[0]!, addsOf(members.slice(1)));
  return { suite, members, state: pending.nextState };
}

/**
 * The same with every parent filled, as in a group that has been in use: every other member has committed, far apart
 * first, so that few secrets are encrypted to single leaves. The state is that of the last who did.
 */
export async function createFilled(suite: CipherSuite, count: number): Promise<MeasuredGroup> {
  const { members, state: first } = await createUnfilled(suite, count);
  let state = first;
  for (const leaf of farApartFirst(count)) {
    if ((leaf & 1) === 0) state = await committedBy(state, members, leaf);
  }
  return { suite, members, state };
}

/** The next epoch after an empty commit of one member, as that member has it. */
async function committedBy(state: GroupState, members: readonly Member[], leaf: number): Promise<GroupState> {
  const member = members[leaf]!;
  return (await commitAs(stateOfMember(state, leaf, member.leafKey), member)).nextState;
}

/** 0 to `count` - 1 in the order of their reversed bits. */
function farApartFirst(count: number): number[] {
  let order = [0];
  while (order.length < count)
    order = [...order.map((leaf) => leaf * 2), ...order.map((leaf) => leaf * 2 + 1)];
  return order.filter((leaf) => leaf < count);
}
