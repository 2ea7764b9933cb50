/** Changes of the policy: those that are allowed, and each rule broken by a member with a client of its own. */
import * as mls from '@sotto/mls';
import { type CipherSuite, suiteIds } from '@sotto/primitives';
import type { AccountId, ConversationId } from '@sotto/protocol';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { protectMessage, unprotectMessage } from '../envelope/message.ts';
import { directoryOf, nowMs, provider, TestAccount } from '../testing/account.ts';
import {
  accepted,
  context,
  createConversation,
  deviceOf,
  keyPackageOf,
  newTransaction,
  type TestDevice,
} from '../testing/conversation.ts';
import { joinExternally } from './joinExternally.ts';
import { joinFromWelcome } from './joinFromWelcome.ts';
import { leafLifetime } from './keyPackages.ts';
import { changePolicy, createConversationGroup } from './ownCommits.ts';
import { decodePendingCommit } from './pendingCommit.ts';
import {
  decodePolicy,
  directPolicy,
  encodePolicy,
  groupExtensions,
  isHistoryOn,
  memberCapabilities,
} from './policy.ts';
import { changedPolicy, judgePolicyChange } from './policyChange.ts';
import type { Policy, PolicyChange } from './policyTypes.ts';
import { stageCommit } from './stageCommit.ts';
import type { ConversationGroup, Directory } from './types.ts';

const suiteId = suiteIds.x25519ChaCha20;
const suite: CipherSuite = provider.suite(suiteId);
const off: PolicyChange = { kind: 'history', on: false };
const on: PolicyChange = { kind: 'history', on: true };
let alice: TestAccount;
let bob: TestAccount;
let alices: TestDevice;
let bobs: TestDevice;
let directory: Directory;
let conversationId: ConversationId;
let atAlice: ConversationGroup;
let atBob: ConversationGroup;

beforeAll(async () => {
  [alice, bob] = await Promise.all([TestAccount.create(), TestAccount.create()]);
  [alices, bobs] = await Promise.all([deviceOf(alice), deviceOf(bob)]);
  directory = directoryOf(alice, bob);
});

beforeEach(async () => {
  const made = await createConversation([alices, bobs], suiteId);
  ({ conversationId } = made);
  [atAlice, atBob] = made.groups as [ConversationGroup, ConversationGroup];
});

/** A member changes the policy, and the other one follows. */
async function change(
  by: 'alice' | 'bob',
  wanted: PolicyChange,
): Promise<{ groupInfo: Uint8Array; ratchetTree: Uint8Array }> {
  const [from, self] = by === 'alice' ? [atAlice, alices.self] : [atBob, bobs.self];
  const made = accepted(await changePolicy(context, from, self, wanted, directory));
  expect(made.policyChange).toEqual(wanted);
  expect(accepted(decodePendingCommit(provider, made.encode(), made.current)).policyChange).toEqual(wanted);
  const other = by === 'alice' ? atBob : atAlice;
  const staged = accepted(await stageCommit(context, other, made.append.commit, directory));
  expect(staged).toMatchObject({ policyChange: wanted, by: { accountId: self.accountId } });
  const merged = staged.merge()!;
  [atAlice, atBob] = by === 'alice' ? [made.next, merged] : [merged, made.next];
  expect(atBob.policy).toEqual(atAlice.policy);
  return made.append;
}

/** Bob's own client commits this policy, with whatever else. */
async function commitByBob(policy: Policy, options: Partial<mls.CommitOptions> = {}): Promise<Uint8Array> {
  const proposal = { kind: 'groupContextExtensions', extensions: groupExtensions(policy) } as const;
  const made = await mls.commit(atBob.state, bobs.self.signingKey, {
    nowMs,
    isSuccessor: () => true,
    ...options,
    proposals: [...(options.proposals ?? []), proposal],
  });
  return accepted(made).commitMessage;
}

async function reasonAtAlice(commit: Uint8Array): Promise<string> {
  const before = atAlice.policy;
  const staged = await stageCommit(context, atAlice, commit, directory);
  expect(atAlice.policy).toBe(before);
  return staged.kind === 'refused' ? staged.reason : 'accepted';
}

describe('an account turns history off and on for itself', () => {
  it('and it is on while nobody has it off', async () => {
    expect(isHistoryOn(atBob.policy)).toBe(true);
    await change('bob', off);
    expect(atAlice.policy).toMatchObject({ revision: 1, historyOff: [bob.accountId] });
    await change('alice', off);
    expect(atAlice.policy.historyOff).toEqual([alice.accountId, bob.accountId].sort());
    await change('bob', on);
    expect(isHistoryOn(atBob.policy)).toBe(false);
    await change('alice', on);
    expect(atBob.policy).toMatchObject({ revision: 4, historyOff: [] });
    expect(atAlice.epoch).toBe(5n);
  });

  it('and messages go on', async () => {
    await change('bob', off);
    const content = new TextEncoder().encode('hello');
    const transactionId = newTransaction();
    const sent = accepted(await protectMessage(context, atBob, bobs.self, { content, transactionId }));
    const message = { body: sent.body, live: sent.live, transactionId, sender: bobs.self };
    const opened = accepted(await unprotectMessage(context, atAlice, message));
    expect(opened.content).toEqual(content);
  });

  it('and a change that changes nothing is not made', async () => {
    const reason = { reason: 'policy_changed' };
    expect(await changePolicy(context, atBob, bobs.self, on, directory)).toMatchObject(reason);
    await change('bob', off);
    expect(await changePolicy(context, atBob, bobs.self, off, directory)).toMatchObject(reason);
  });

  it('and of two at once, the second is refused and made anew', async () => {
    const bobsOwn = accepted(await changePolicy(context, atBob, bobs.self, off, directory));
    await change('alice', off);
    expect(await reasonAtAlice(bobsOwn.append.commit)).toBe('stale_epoch');
    await change('bob', off);
    expect(atAlice.policy).toMatchObject({
      revision: 2,
      historyOff: [alice.accountId, bob.accountId].sort(),
    });
  });

  it('and whoever joins by itself learns it', async () => {
    const published = await change('bob', off);
    const late = await deviceOf(bob, await bob.addDevice());
    const joined = accepted(
      await joinExternally(context, late.self, { conversationId, ...published }, directoryOf(alice, bob)),
    );
    expect(joined.next.policy).toEqual(atBob.policy);
    const staged = accepted(
      await stageCommit(context, atAlice, joined.append.commit, directoryOf(alice, bob)),
    );
    expect(staged).toMatchObject({ policyChange: null, external: true });
    expect(staged.merge()!.policy).toEqual(atBob.policy);
  });

  it('from the beginning, where the creator wants none', async () => {
    const { claimed, own } = await keyPackageOf(bobs, suiteId);
    const accounts = [alice.accountId, bob.accountId];
    const create = (policy: Policy) =>
      createConversationGroup(
        context,
        alices.self,
        { conversationId, policy, members: [claimed], suite: suiteId },
        directory,
      );
    const made = accepted(await create(directPolicy(accounts, [alice.accountId])));
    const joined = await joinFromWelcome(
      context,
      bobs.self,
      {
        conversationId,
        welcome: made.append.welcomes[0]!.welcome,
        ratchetTree: made.append.ratchetTree,
        findKeyPackage: () => own.privatePart,
      },
      directory,
    );
    expect(accepted(joined).group.policy).toMatchObject({ revision: 0, historyOff: [alice.accountId] });
    expect(await create(directPolicy(accounts, [bob.accountId]))).toMatchObject({ reason: 'policy_changed' });
    expect(await create({ ...directPolicy(accounts), revision: 1 })).toMatchObject({
      reason: 'wrong_revision',
    });
  });
});

describe('a member may not', () => {
  it('turn history off, or on again, for another', async () => {
    const { policy } = atBob;
    const forAlice = { ...policy, revision: 1, historyOff: [alice.accountId] };
    expect(await reasonAtAlice(await commitByBob(forAlice))).toBe('policy_changed');
    const forBoth = { ...policy, revision: 1, historyOff: [...policy.accountIds] };
    expect(await reasonAtAlice(await commitByBob(forBoth))).toBe('policy_changed');
    await change('alice', off);
    expect(await reasonAtAlice(await commitByBob({ ...policy, revision: 2, historyOff: [] }))).toBe(
      'policy_changed',
    );
    const swapped = { ...policy, revision: 2, historyOff: [bob.accountId] };
    expect(await reasonAtAlice(await commitByBob(swapped))).toBe('policy_changed');
  });

  it('count the change as other than one', async () => {
    const historyOff = [bob.accountId];
    for (const revision of [0, 2, 2 ** 32 - 1]) {
      expect(await reasonAtAlice(await commitByBob({ ...atBob.policy, revision, historyOff }))).toBe(
        'wrong_revision',
      );
    }
    expect(await reasonAtAlice(await commitByBob({ ...atBob.policy, revision: 1, historyOff }))).toBe(
      'accepted',
    );
  });

  it('count a change where there is none, or put the present policy again', async () => {
    expect(await reasonAtAlice(await commitByBob({ ...atBob.policy, revision: 1 }))).toBe('policy_changed');
    expect(await reasonAtAlice(await commitByBob(atBob.policy))).toBe('wrong_revision');
  });

  it('change who the members are', async () => {
    const stranger = provider.randomBytes(16).toHex() as AccountId;
    for (const accounts of [[bob.accountId], [bob.accountId, stranger]]) {
      const policy = { ...directPolicy(accounts, [bob.accountId]), revision: 1 };
      expect(await reasonAtAlice(await commitByBob(policy))).toBe('policy_changed');
    }
  });

  it('change the policy together with anything else', async () => {
    const policy = changedPolicy(atBob.policy, bob.accountId, off)!;
    const second = await deviceOf(bob, await bob.addDevice());
    directory = directoryOf(alice, bob);
    const { claimed } = await keyPackageOf(second, suiteId);
    const keyPackage = accepted(await mls.verifyKeyPackage(suite, claimed.keyPackage, { nowMs }));
    const adding = await commitByBob(policy, { proposals: [{ kind: 'add', keyPackage }] });
    expect(await reasonAtAlice(adding)).toBe('not_allowed_proposal');
    const removing = await commitByBob(policy, {
      proposals: [{ kind: 'remove', leafIndex: atAlice.ownLeaf }],
    });
    expect(await reasonAtAlice(removing)).toBe('not_allowed_proposal');
  });

  it('found a group with a policy that others would have had to choose', async () => {
    const accounts = [alice.accountId, bob.accountId];
    const join = async (policy: Policy, epoch = 0n): Promise<string> => {
      const founded = accepted(
        await mls.createGroup(suite, bobs.self.signingKey, {
          groupId: Uint8Array.fromHex(conversationId),
          groupExtensions: groupExtensions(policy),
          credential: { kind: 'basic', identity: bobs.self.credential },
          capabilities: memberCapabilities(suite),
          lifetime: leafLifetime(nowMs),
        }),
      );
      const state = { ...founded, groupContext: { ...founded.groupContext, epoch } };
      const { claimed, own } = await keyPackageOf(alices, suiteId);
      const keyPackage = accepted(await mls.verifyKeyPackage(suite, claimed.keyPackage, { nowMs }));
      const made = accepted(
        await mls.commit(state, bobs.self.signingKey, { nowMs, proposals: [{ kind: 'add', keyPackage }] }),
      );
      const joined = await joinFromWelcome(
        context,
        alices.self,
        {
          conversationId,
          welcome: made.welcomes[0]!.bytes,
          ratchetTree: made.ratchetTree,
          findKeyPackage: () => own.privatePart,
        },
        directory,
      );
      return joined.kind === 'refused' ? joined.reason : joined.kind;
    };
    expect(await join(directPolicy(accounts, [bob.accountId]))).toBe('joined');
    expect(await join(directPolicy(accounts, [alice.accountId]))).toBe('policy_changed');
    expect(await join({ ...directPolicy(accounts), revision: 1 })).toBe('wrong_revision');
    // Epochs are stored as numbers: one that no number can hold would be unreadable ever after.
    expect(await join(directPolicy(accounts), 1000n)).toBe('joined');
    expect(await join(directPolicy(accounts), 2n ** 53n)).toBe('invalid');
    expect(await join(directPolicy(accounts), 2n ** 60n)).toBe('invalid');
  });
});

describe('policies', () => {
  const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => bytes.toHex() as AccountId);
  const policy = fc
    .tuple(
      fc.uniqueArray(id, { minLength: 1, maxLength: 2 }),
      fc.nat(1000),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(0, 5, 3600, 2_419_200),
    )
    .map(([accounts, revision, first, second, timerSeconds]) => ({
      ...directPolicy(
        accounts,
        accounts.filter((_, at) => (at === 0 ? first : second)),
        timerSeconds,
      ),
      revision,
    }));

  it('read back as they were written, and in one form only', () => {
    fc.assert(
      fc.property(policy, (one) => {
        expect(decodePolicy(encodePolicy(one))).toEqual(one);
        const unsorted = { ...one, historyOff: one.historyOff.toReversed() };
        const isSorted = unsorted.historyOff.join() === one.historyOff.join();
        expect(decodePolicy(encodePolicy(unsorted)) === null).toBe(!isSorted);
        const twice = { ...one, historyOff: [...one.historyOff, ...one.historyOff] };
        if (one.historyOff.length > 0) expect(decodePolicy(encodePolicy(twice))).toBeNull();
      }),
    );
    const [one, other] = fc.sample(id, 2) as [AccountId, AccountId];
    expect(decodePolicy(encodePolicy(directPolicy([one], [other])))).toBeNull();
  });

  it('follow one another by one change of the committer’s, whichever two they are', () => {
    fc.assert(
      fc.property(policy, policy, fc.boolean(), (before, unrelated, isOn) => {
        const by = before.accountIds[0]!;
        const wanted: PolicyChange = { kind: 'history', on: isOn };
        const after = changedPolicy(before, by, wanted);
        expect(after === null).toBe(before.historyOff.includes(by) !== isOn);
        if (after !== null)
          expect(judgePolicyChange(before, after, by)).toMatchObject({ policyChange: wanted });
        expect(judgePolicyChange(before, unrelated, by).kind).toBe('refused');
        const stranger = 'ff'.repeat(16) as AccountId;
        if (after !== null) expect(judgePolicyChange(before, after, stranger).kind).toBe('refused');
      }),
    );
    const full = { ...directPolicy(['00'.repeat(16) as AccountId]), revision: 2 ** 32 - 1 };
    expect(changedPolicy(full, full.accountIds[0]!, off)).toBeNull();
  });
});
