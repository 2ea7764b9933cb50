/** A large group to measure with, made once in Node and read in Node and Chromium: JSON, bytes in base64. */
import {
  decodeGroupState,
  decodeKeyPackageSecrets,
  encodeKeyPackageSecrets,
  encodePrivateState,
  encodePublicTree,
  type GroupState,
  type OwnKeyPackage,
  type ProposalInput,
  type Signer,
  stageWelcome,
  verifyKeyPackage,
} from '@sotto/mls';
import type { CipherSuite, Provider, SuiteId } from '@sotto/primitives';
import { addsOf, commitAs, createFilled, createJoiner, expectKind, stateOfMember } from './members.ts';

export interface GroupFixture {
  readonly suite: SuiteId;
  readonly members: number;
  readonly creatorSeed: string;
  /** KeyPackages of all but the creator, for creating the group. */
  readonly keyPackages: readonly string[];
  /** KeyPackages of ten devices that are not in it. */
  readonly newKeyPackages: readonly string[];
  /** The newest member's Welcome, tree and KeyPackage. */
  readonly welcome: string;
  readonly ratchetTree: string;
  readonly ownKeyPackage: string;
  /** The newest member's state, which knows all of its path, and the first member's, which commits. */
  readonly publicTree: string;
  readonly receiver: string;
  readonly committer: string;
}

const encode = (bytes: Uint8Array) => bytes.toBase64();
const decode = (text: string) => Uint8Array.fromBase64(text);

/** A filled tree of `count` leaves: all but the newest member's parents have been set by a commit. */
export async function createGroupFixture(suite: CipherSuite, count: number): Promise<GroupFixture> {
  const group = await createFilled(suite, count - 1);
  const creator = group.members[0]!;
  const joiner = await createJoiner(suite, 'joiner');
  // The newest member's neighbour adds it: its path covers the joiner's, so that all of it is filled and known.
  const adder = 2 * Math.floor((count - 2) / 2);
  const adding = group.members[adder]!;
  const pending = await commitAs(
    stateOfMember(group.state, adder, adding.leafKey),
    adding,
    addsOf([joiner.member]),
  );
  const welcome = pending.welcomes[0]!.bytes;
  const { ratchetTree } = pending;
  const ownKeyPackage = encode(encodeKeyPackageSecrets(joiner.own));
  const joined = await stageWelcome(suite, { welcome, ratchetTree, keyPackage: joiner.own });
  const newMembers = [];
  for (let i = 0; i < 10; i++) newMembers.push((await createJoiner(suite, `new ${i}`)).member);
  return {
    suite: suite.id,
    members: count,
    creatorSeed: encode(creator.seed),
    keyPackages: group.members.slice(1).map(({ keyPackage }) => encode(keyPackage.bytes)),
    newKeyPackages: newMembers.map(({ keyPackage }) => encode(keyPackage.bytes)),
    welcome: encode(welcome),
    ratchetTree: encode(ratchetTree),
    ownKeyPackage,
    publicTree: encode(encodePublicTree(pending.nextState)),
    receiver: encode(encodePrivateState(expectKind(joined, 'stagedJoin').next)),
    committer: encode(encodePrivateState(stateOfMember(pending.nextState, 0, creator.leafKey))),
  };
}

export interface OpenedFixture {
  readonly suite: CipherSuite;
  readonly fixture: GroupFixture;
  readonly signer: Signer;
  readonly welcome: Uint8Array;
  readonly ratchetTree: Uint8Array;
  readonly readReceiver: () => GroupState;
  readonly readCommitter: () => GroupState;
  readonly readOwnKeyPackage: () => OwnKeyPackage;
  readonly adds: (which: 'all' | 'new', count: number) => Promise<ProposalInput[]>;
}

export async function openFixture(provider: Provider, fixture: GroupFixture): Promise<OpenedFixture> {
  const suite = provider.suite(fixture.suite);
  const publicTree = decode(fixture.publicTree);
  const read = (privateState: string) => () =>
    expectKind(decodeGroupState(suite, decode(privateState), publicTree), 'active');
  return {
    suite,
    fixture,
    signer: await suite.signature.importKey(decode(fixture.creatorSeed)),
    welcome: decode(fixture.welcome),
    ratchetTree: decode(fixture.ratchetTree),
    readReceiver: read(fixture.receiver),
    readCommitter: read(fixture.committer),
    readOwnKeyPackage: () =>
      expectKind(decodeKeyPackageSecrets(suite, decode(fixture.ownKeyPackage)), 'ownKeyPackage'),
    adds: async (which, count) => {
      const texts = which === 'all' ? fixture.keyPackages : fixture.newKeyPackages;
      const adds: ProposalInput[] = [];
      for (const text of texts.slice(0, count)) {
        const verified = await verifyKeyPackage(suite, decode(text), { nowMs: Date.now() });
        adds.push({ kind: 'add', keyPackage: expectKind(verified, 'verifiedKeyPackage') });
      }
      return adds;
    },
  };
}
