/** Commits and groups that a member or stranger with a client of its own might make: each must be refused. Over 400
 * lines, because the attacks share one setting. */
import * as mls from '@sotto/mls';
import { type CipherSuite, suiteIds } from '@sotto/primitives';
import type { AccountId, ConversationId } from '@sotto/protocol';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDeviceCredential } from '../account/deviceCredential.ts';
import { directoryOf, flipBit, nowMs, provider, TestAccount } from '../testing/account.ts';
import {
  accepted,
  context,
  createConversation,
  deviceOf,
  keyPackageOf,
  type TestDevice,
} from '../testing/conversation.ts';
import { encodeMarks, readAuthenticated } from './commitMarks.ts';
import { judgeCommit } from './commitPolicy.ts';
import { joinExternally } from './joinExternally.ts';
import { joinFromWelcome } from './joinFromWelcome.ts';
import { leafLifetime } from './keyPackages.ts';
import { removeDevices } from './ownCommits.ts';
import {
  decodePolicy,
  directPolicy,
  encodePolicy,
  groupExtensions,
  memberCapabilities,
  policyExtensionType,
} from './policy.ts';
import { stageCommit } from './stageCommit.ts';
import type { ConversationGroup, Directory, Self } from './types.ts';

const suiteId = suiteIds.x25519ChaCha20;
const suite: CipherSuite = provider.suite(suiteId);
const anyone = { isSuccessor: () => true, nowMs };
let alice: TestAccount;
let bob: TestAccount;
let mallory: TestAccount;
let alices: TestDevice;
let bobs: TestDevice;
let mallorys: TestDevice;
let directory: Directory;
let atAlice: ConversationGroup;
let atBob: ConversationGroup;
let published: { conversationId: ConversationId; groupInfo: Uint8Array; ratchetTree: Uint8Array };

beforeAll(async () => {
  [alice, bob, mallory] = await Promise.all([
    TestAccount.create(),
    TestAccount.create(),
    TestAccount.create(),
  ]);
  alices = await deviceOf(alice);
  bobs = await deviceOf(bob);
  mallorys = await deviceOf(mallory);
  directory = directoryOf(alice, bob, mallory);
});

beforeEach(async () => {
  const { conversationId, groups, created } = await createConversation([alices, bobs], suiteId);
  [atAlice, atBob] = groups as [ConversationGroup, ConversationGroup];
  published = { conversationId, ...created.append };
});

/** Bob's own client commits what it likes. */
async function commitByBob(options: Partial<mls.CommitOptions>): Promise<Uint8Array> {
  const made = await mls.commit(atBob.state, bobs.self.signingKey, { ...anyone, ...options });
  return accepted(made).commitMessage;
}

async function judged(commit: Uint8Array, known = directory) {
  const staged = await stageCommit(context, atAlice, commit, known);
  return staged.kind === 'refused' ? staged : 'accepted';
}

/** A KeyPackage as the engine verified it, with any credential. */
async function keyPackageFor(self: Self): Promise<mls.VerifiedKeyPackage> {
  const { claimed } = await keyPackageOf({ account: bob, self }, suiteId);
  return accepted(await mls.verifyKeyPackage(suite, claimed.keyPackage, { nowMs }));
}

function basic(identity: Uint8Array): mls.Credential {
  return { kind: 'basic', identity };
}

describe('a member may not', () => {
  it('add a stranger', async () => {
    const keyPackage = await keyPackageFor(mallorys.self);
    const commit = await commitByBob({ proposals: [{ kind: 'add', keyPackage }] });
    expect(await judged(commit)).toMatchObject({
      reason: 'account_not_in_policy',
      device: { accountId: mallory.accountId },
    });
  });

  it('add a key of its own as someone else\u2019s device', async () => {
    const { signingKey } = mallorys.self;
    const stolen = await keyPackageFor({ ...(await alice.self()), signingKey });
    expect(
      await judged(await commitByBob({ proposals: [{ kind: 'add', keyPackage: stolen }] })),
    ).toMatchObject({
      reason: 'invalid_credential',
      credential: 'wrong_key',
    });
    // Alice's chain as Mallory would have it: with Mallory's device in it.
    const device = { signatureKey: signingKey.publicKey, notAfterMs: null, addedSeq: 0 };
    const claimedChain = { ...alice.chain, devices: new Map([[mallorys.self.deviceId, device]]) };
    const credential = await createDeviceCredential(
      provider,
      mallory.secrets.identitySeed,
      claimedChain,
      mallorys.self.deviceId,
    );
    const forged = await keyPackageFor({ ...mallorys.self, accountId: alice.accountId, credential });
    expect(
      await judged(await commitByBob({ proposals: [{ kind: 'add', keyPackage: forged }] })),
    ).toMatchObject({
      reason: 'invalid_credential',
      credential: 'invalid_signature',
    });
  });

  it('add a device that its chain has dropped, or that no one can look up', async () => {
    const owner = await TestAccount.create();
    const first = await deviceOf(owner);
    const gone = await deviceOf(owner, await owner.addDevice());
    const known = directoryOf(alice, owner);
    const { groups } = await createConversation([alices, first], suiteId);
    const keyPackage = await keyPackageFor(gone.self);
    const made = accepted(
      await mls.commit(groups[1]!.state, first.self.signingKey, {
        nowMs,
        proposals: [{ kind: 'add', keyPackage }],
      }),
    );
    await owner.removeDevice(owner.keys[1]!);
    const at = groups[0]!;
    expect(await stageCommit(context, at, made.commitMessage, known)).toMatchObject({
      reason: 'invalid_credential',
      credential: 'unknown_device',
    });
    expect(await stageCommit(context, at, made.commitMessage, directoryOf(alice))).toMatchObject({
      reason: 'chain_unavailable',
    });
  });

  it('put one device into the group twice', async () => {
    const keyPackage = await keyPackageFor(bobs.self);
    const commit = mls.commit(atBob.state, bobs.self.signingKey, {
      ...anyone,
      proposals: [{ kind: 'add', keyPackage }],
    });
    expect((await commit).kind).toBe('refused');
    const again = await deviceOf(bob, await bob.addDevice());
    const members = mls.roster(atAlice.state);
    const doubled = [...members, { ...members[1]!, leafIndex: 2 }];
    const { summary } = accepted(
      await mls.commit(atBob.state, bobs.self.signingKey, {
        ...anyone,
        proposals: [{ kind: 'add', keyPackage: await keyPackageFor(again.self) }],
      }),
    );
    const { extensions } = atAlice.state.groupContext;
    const verdict = await judgeCommit(context, directory, {
      policy: atAlice.policy,
      before: { members, extensions },
      after: { members: doubled, extensions },
      summary: { ...summary, added: [doubled[2]!] },
    });
    expect(verdict).toMatchObject({ reason: 'duplicate_device' });
  });

  it('take another\u2019s name or key', async () => {
    for (const { credential } of [alices.self, mallorys.self]) {
      const commit = await commitByBob({ leaf: { credential: basic(credential) } });
      expect(await judged(commit)).toMatchObject({ kind: 'refused' });
    }
    const commit = await commitByBob({ newSigner: mallorys.self.signingKey });
    expect(await judged(commit)).toMatchObject({ kind: 'refused' });
  });

  it('change leaves other than where its commit says so', async () => {
    const members = mls.roster(atAlice.state);
    const { summary } = accepted(await mls.commit(atBob.state, bobs.self.signingKey, anyone));
    const { extensions } = atAlice.state.groupContext;
    const judge = (after: mls.Member[], change: Partial<mls.CommitSummary> = {}) =>
      judgeCommit(context, directory, {
        policy: atAlice.policy,
        before: { members, extensions },
        after: { members: after, extensions },
        summary: { ...summary, ...change },
      });
    expect((await judge([...members])).kind).toBe('allowed');
    const [first, second] = members as [mls.Member, mls.Member];
    const refusal = { kind: 'refused', reason: 'credential_changed' };
    expect(await judge([second])).toMatchObject(refusal);
    expect(await judge([first, second, { ...second, leafIndex: 2 }])).toMatchObject(refusal);
    expect(await judge([{ ...first, signatureKey: second.signatureKey }, second])).toMatchObject(refusal);
    expect(await judge([{ ...first, credential: second.credential }, second])).toMatchObject(refusal);
    expect(await judge([...members], { extensions: { before: extensions, after: [] } })).toMatchObject({
      reason: 'policy_changed',
    });
  });

  it('remove a device of another that its chain lists', async () => {
    const commit = await commitByBob({ proposals: [{ kind: 'remove', leafIndex: atAlice.ownLeaf }] });
    expect(await judged(commit)).toMatchObject({
      reason: 'not_allowed_to_remove',
      device: { accountId: alice.accountId, deviceId: alices.self.deviceId },
    });
  });

  it('have a removal judged by a chain older than the one it read', async () => {
    const owner = await TestAccount.create();
    const gone = await owner.addDevice();
    const devices = [alices, await deviceOf(owner), await deviceOf(owner, gone)];
    const { groups } = await createConversation(devices, suiteId);
    const stale = { chainOf: directoryOf(alice, owner).chainOf };
    const before = owner.chain;
    await owner.removeDevice(gone);
    const fresh = directoryOf(alice, owner);
    const pending = accepted(await removeDevices(context, groups[0]!, alices.self, [gone.deviceId], fresh));
    const withOld: Directory = {
      chainOf: async (accountId, atLeastSeq) => {
        if (accountId !== owner.accountId) return stale.chainOf(accountId, atLeastSeq);
        return before.seq >= atLeastSeq ? before : null;
      },
    };
    const { commit } = pending.append;
    expect(await stageCommit(context, groups[1]!, commit, withOld)).toMatchObject({
      reason: 'chain_unavailable',
    });
    expect((await stageCommit(context, groups[1]!, commit, fresh)).kind).toBe('stagedChange');
  });

  it('change the policy or anything else in the group context', async () => {
    const [required, own] = groupExtensions(atBob.policy) as [mls.Extension, mls.Extension];
    const everyone = [alice.accountId, mallory.accountId];
    const other = { type: policyExtensionType, data: encodePolicy(directPolicy(everyone)) };
    for (const [extensions, reason] of [
      [[required, other], 'wrong_revision'],
      [[required], 'missing_policy'],
      [[own], 'invalid_policy'],
      [[own, required], 'invalid_policy'],
      [[required, own], 'wrong_revision'],
    ] as const) {
      const commit = await commitByBob({ proposals: [{ kind: 'groupContextExtensions', extensions }] });
      expect(await judged(commit)).toMatchObject({ reason });
    }
  });

  it('send proposals of other kinds, bare proposals, or commits without a path', async () => {
    const bobsNew = await deviceOf(bob, await bob.addDevice());
    const keyPackage = await keyPackageFor(bobsNew.self);
    const add = { kind: 'add', keyPackage } as const;
    expect(await judged(await commitByBob({ proposals: [add], path: 'ifRequired' }))).toMatchObject({
      reason: 'path_required',
    });
    const reInit = { groupId: new Uint8Array(16), version: 1, cipherSuite: suiteId, extensions: [] };
    const closing = await commitByBob({ proposals: [{ kind: 'reInit', reInit }] });
    expect(await judged(closing)).toMatchObject({ reason: 'not_allowed_proposal' });
    const psk: mls.PreSharedKeyName = {
      kind: 'resumption',
      usage: 'application',
      groupId: atBob.state.groupContext.groupId,
      epoch: atBob.epoch,
    };
    expect(await judged(await commitByBob({ proposals: [{ kind: 'psk', psk }] }))).toMatchObject({
      kind: 'refused',
    });
    expect(await judged(await commitByBob({ wireFormat: 'public' }))).toMatchObject({ reason: 'malformed' });
    const text = accepted(await mls.protect(atBob.state, bobs.self.signingKey, new Uint8Array(3))).bytes;
    expect(await judged(text)).toMatchObject({ reason: 'not_allowed_proposal' });
    expect(await judged(await commitByBob({ proposals: [add] }))).toBe('accepted');
  });

  it('mark nonsense', async () => {
    const commit = await commitByBob({ authenticatedData: Uint8Array.of(9, 9) });
    expect(await judged(commit)).toMatchObject({ reason: 'malformed' });
  });
});

describe('a commit', () => {
  it('is refused with any bit turned, and in another conversation', async () => {
    const commit = await commitByBob({});
    await fc.assert(
      fc.asyncProperty(fc.nat(commit.length * 8 - 1), async (bit) => {
        expect(await judged(flipBit(commit, bit))).toMatchObject({ kind: 'refused' });
      }),
      { numRuns: 100 },
    );
    for (const bytes of [new Uint8Array(0), commit.slice(0, -1), new Uint8Array(2 ** 20 + 1)]) {
      expect(await judged(bytes)).toMatchObject({ reason: 'malformed' });
    }
    const { groups } = await createConversation([alices, bobs], suiteId);
    expect(await stageCommit(context, groups[0]!, commit, directory)).toMatchObject({
      reason: 'wrong_conversation',
    });
    expect(await judged(commit)).toBe('accepted');
  });
});

describe('from outside', () => {
  async function external(self: Self, options: Partial<mls.ExternalJoinOptions> = {}) {
    const groupInfo = accepted(await mls.verifyGroupInfo(suite, published.groupInfo, published.ratchetTree));
    const made = await mls.externalJoin(suite, self.signingKey, {
      ...anyone,
      groupInfo,
      credential: basic(self.credential),
      capabilities: memberCapabilities(suite),
      ...options,
    });
    return accepted(made).commitMessage;
  }

  it('a stranger cannot join, nor under a member\u2019s name', async () => {
    expect(await judged(await external(mallorys.self))).toMatchObject({ reason: 'account_not_in_policy' });
    const posing = { ...bobs.self, signingKey: mallorys.self.signingKey };
    expect(await judged(await external(posing))).toMatchObject({
      reason: 'invalid_credential',
      credential: 'wrong_key',
    });
    expect(await joinExternally(context, mallorys.self, published, directory)).toMatchObject({
      reason: 'account_not_in_policy',
    });
  });

  it('a member account\u2019s device cannot push others out', async () => {
    const bobsNew = await deviceOf(bob, await bob.addDevice());
    for (const resync of [atAlice.ownLeaf, atBob.ownLeaf]) {
      expect(await judged(await external(bobsNew.self, { resync }))).toMatchObject({ kind: 'refused' });
    }
    expect(await judged(await external(bobsNew.self))).toBe('accepted');
  });

  it('a device that its chain does not list cannot join', async () => {
    const keys = await bob.addDevice();
    const late = await deviceOf(bob, keys);
    const commit = await external(late.self);
    await bob.removeDevice(keys);
    expect(await judged(commit)).toMatchObject({ credential: 'unknown_device' });
    expect(await joinExternally(context, late.self, published, directory)).toMatchObject({
      credential: 'unknown_device',
    });
  });

  it('a device joins that its chain no longer lists, for who did not know of the removal before', async () => {
    const keys = await bob.addDevice();
    const late = await deviceOf(bob, keys);
    const commit = await external(late.self);
    await bob.removeDevice(keys);
    const { seq } = bob.chain;
    const knowing = (known: number): Directory => ({ ...directory, knownSeqOf: () => known });
    expect(await judged(commit, knowing(seq))).toMatchObject({ credential: 'unknown_device' });
    expect(await judged(commit, knowing(seq - 1))).toBe('accepted');
    const forged = await external({ ...late.self, credential: bobs.self.credential });
    expect(await judged(forged, knowing(seq - 1))).toMatchObject({ reason: 'invalid_credential' });
  });

  it('a forged GroupInfo is refused', async () => {
    const { groupInfo, ratchetTree, conversationId } = published;
    const join = async (change: Partial<typeof published>) =>
      (await joinExternally(context, alices.self, { ...published, ...change }, directory)).kind;
    for (let bit = 0; bit < groupInfo.length * 8; bit += 97) {
      expect(await join({ groupInfo: flipBit(groupInfo, bit) })).toBe('refused');
    }
    for (let bit = 0; bit < ratchetTree.length * 8; bit += 997) {
      expect(await join({ ratchetTree: flipBit(ratchetTree, bit) })).toBe('refused');
    }
    expect(await join({ groupInfo: new Uint8Array(0) })).toBe('refused');
    expect(await join({ groupInfo: new Uint8Array(70_000) })).toBe('refused');
    expect(await join({ conversationId })).toBe('pendingCommit');
  });
});

describe('a group', () => {
  async function welcomeTo(
    extensions: readonly mls.Extension[],
    creator: Self,
    capabilities = memberCapabilities(suite),
  ) {
    const state = accepted(
      await mls.createGroup(suite, creator.signingKey, {
        groupId: Uint8Array.fromHex(published.conversationId),
        groupExtensions: extensions,
        credential: basic(creator.credential),
        capabilities,
        lifetime: leafLifetime(nowMs),
      }),
    );
    const { claimed, own } = await keyPackageOf(bobs, suiteId);
    const keyPackage = accepted(await mls.verifyKeyPackage(suite, claimed.keyPackage, { nowMs }));
    const made = accepted(
      await mls.commit(state, creator.signingKey, { nowMs, proposals: [{ kind: 'add', keyPackage }] }),
    );
    const joined = await joinFromWelcome(
      context,
      bobs.self,
      {
        conversationId: published.conversationId,
        welcome: made.welcomes[0]!.bytes,
        ratchetTree: made.ratchetTree,
        findKeyPackage: () => own.privatePart,
      },
      directory,
    );
    return joined.kind === 'refused' ? joined.reason : 'joined';
  }

  it('is joined only with a policy that this client can keep, and only by its accounts', async () => {
    const policy = directPolicy([alice.accountId, bob.accountId]);
    const good = groupExtensions(policy) as [mls.Extension, mls.Extension];
    const policyOf = (data: Uint8Array) => [good[0], { type: policyExtensionType, data }];
    const senders = { type: mls.extensionTypes.externalSenders, data: Uint8Array.of(0) };
    expect(await welcomeTo(good, alices.self)).toBe('joined');
    expect(await welcomeTo([], alices.self)).toBe('missing_policy');
    expect(await welcomeTo([good[1]], alices.self)).toBe('invalid_policy');
    expect(await welcomeTo([...good, senders], alices.self)).toBe('invalid_policy');
    expect(await welcomeTo(policyOf(Uint8Array.of(8, 9)), alices.self)).toBe('invalid_policy');
    expect(await welcomeTo(good, mallorys.self)).toBe('account_not_in_policy');
    const withoutBob = directPolicy([alice.accountId, mallory.accountId]);
    expect(await welcomeTo(groupExtensions(withoutBob), alices.self)).toBe('account_not_in_policy');
    const posing = { ...alices.self, signingKey: mallorys.self.signingKey };
    expect(await welcomeTo(good, posing)).toBe('invalid_credential');
  });
});

describe('policy and marks', () => {
  const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => bytes.toHex() as AccountId);

  it('read back as they were written, and in one form only', () => {
    fc.assert(
      fc.property(fc.array(id, { minLength: 1, maxLength: 2 }), (ids) => {
        const policy = directPolicy(ids);
        expect(decodePolicy(encodePolicy(policy))).toEqual(policy);
        expect(directPolicy(ids.toReversed())).toEqual(policy);
      }),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(id, fc.nat(999)), { maxLength: 64, selector: ([a]) => a }),
        (pairs) => {
          const marks = new Map(pairs);
          expect(readAuthenticated(encodeMarks(marks))).toEqual({ marks, proofs: [] });
        },
      ),
    );
  });

  it('are refused where malformed', () => {
    const one = encodeMarks(new Map([['00'.repeat(16) as AccountId, 3]]));
    const bad = [
      Uint8Array.of(1),
      Uint8Array.of(2, ...one.subarray(1)),
      one.slice(0, -1),
      Uint8Array.of(...one, 0),
      Uint8Array.of(...one, ...one.subarray(1)),
      new Uint8Array([...one.subarray(0, 17), 0xff, 0xff]),
      new Uint8Array(1 + 1025 * 18).fill(1),
    ];
    for (const bytes of bad) expect(readAuthenticated(bytes)).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const policy = decodePolicy(bytes);
        expect(policy === null || encodePolicy(policy).toHex() === bytes.toHex()).toBe(true);
        const read = readAuthenticated(bytes);
        const again = read === null ? null : encodeMarks(read.marks, read.proofs).toHex();
        expect(again === null || again === bytes.toHex()).toBe(true);
      }),
    );
  });
});
