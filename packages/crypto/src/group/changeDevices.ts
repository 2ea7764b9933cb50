/** Commits of a member (spec/groups.md, "Creating" and "Devices that come and go"). */
import { commit, createGroup, type Member, type ProposalInput, roster } from '@sotto/mls';
import { type CipherSuite, equalBytes } from '@sotto/primitives';
import { type DeviceId, idToBytes } from '@sotto/protocol';
import { encodeMarks } from './commitMarks.ts';
import { deviceOf, judgeCommit, marksFor } from './commitPolicy.ts';
import { groupOf } from './conversationGroup.ts';
import { checkClaimed, leafLifetime, maxLifetimeSeconds, suiteFor } from './keyPackages.ts';
import { isSameDevice } from './memberIdentity.ts';
import { type Invited, pendingCommitOf } from './pendingCommit.ts';
import { groupExtensions, memberCapabilities } from './policy.ts';
import { fromMls, groupRefused } from './refusals.ts';
import type {
  ClaimedKeyPackage,
  ConversationGroup,
  CreateConversationOptions,
  CryptoContext,
  Directory,
  GroupRefusal,
  PendingCommit,
  Policy,
  Self,
} from './types.ts';

/** Epoch 0 with this device alone, and the commit that adds everyone else (epoch 1). */
export async function createConversationGroup(
  context: CryptoContext,
  self: Self,
  options: CreateConversationOptions,
  directory: Directory,
): Promise<PendingCommit | GroupRefusal> {
  const { conversationId, policy, members } = options;
  if (!policy.accountIds.includes(self.accountId)) return groupRefused('account_not_in_policy');
  const suite = suiteFor(context.provider, options.suite);
  const state = await createGroup(suite, self.signingKey, {
    groupId: idToBytes(conversationId),
    groupExtensions: groupExtensions(policy),
    credential: { kind: 'basic', identity: self.credential },
    capabilities: memberCapabilities(suite),
    lifetime: leafLifetime(context.nowMs),
  });
  if (state.kind === 'refused') return fromMls(state.reason);
  const group = groupOf(state);
  if (group.kind === 'refused') return group;
  return makeCommit(context, group, self, { add: members, remove: [], isFounding: true }, directory);
}

/** Adds devices of accounts that the policy names. */
export function addDevices(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  members: readonly ClaimedKeyPackage[],
  directory: Directory,
): Promise<PendingCommit | GroupRefusal> {
  return makeCommit(context, group, self, { add: members, remove: [], isFounding: false }, directory);
}

/** Removes devices of the own account, or such of others as their chains no longer list. */
export function removeDevices(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  devices: readonly DeviceId[],
  directory: Directory,
): Promise<PendingCommit | GroupRefusal> {
  return makeCommit(context, group, self, { add: [], remove: devices, isFounding: false }, directory);
}

interface Changes {
  readonly add: readonly ClaimedKeyPackage[];
  readonly remove: readonly DeviceId[];
  /** The first commit of a group that nobody else has seen: it need not renew the committer's keys. */
  readonly isFounding: boolean;
}

async function makeCommit(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  changes: Changes,
  directory: Directory,
): Promise<PendingCommit | GroupRefusal> {
  const { state, policy } = group;
  const before = roster(state);
  const leaving = leavesOf(before, changes.remove);
  if (!Array.isArray(leaving)) return leaving;
  const marks = await marksFor(directory, self.accountId, leaving);
  if ('kind' in marks) return marks;
  const added = await addProposals(context, state.suite, directory, policy, changes.add);
  if ('kind' in added) return added;
  const made = await commit(state, self.signingKey, {
    proposals: [
      ...leaving.map(({ leafIndex }): ProposalInput => ({ kind: 'remove', leafIndex })),
      ...added.proposals,
    ],
    nowMs: context.nowMs,
    maxLifetimeSeconds,
    isSuccessor: isSameDevice,
    authenticatedData: encodeMarks(marks),
    path: changes.isFounding ? 'ifRequired' : 'always',
    leaf: { credential: { kind: 'basic', identity: self.credential } },
  });
  if (made.kind === 'refused') return fromMls(made.reason);
  const { extensions } = state.groupContext;
  const verdict = await judgeCommit(context, directory, {
    policy,
    before: { members: before, extensions },
    after: { members: roster(made.nextState), extensions: made.nextState.groupContext.extensions },
    summary: made.summary,
  });
  if (verdict.kind === 'refused') return verdict;
  return pendingCommitOf(made, changes.isFounding ? null : group, added.invited);
}

/** The leaves of these devices. */
function leavesOf(members: readonly Member[], devices: readonly DeviceId[]): Member[] | GroupRefusal {
  const leaves: Member[] = [];
  for (const deviceId of new Set(devices)) {
    const leaf = members.find((member) => deviceOf(member)?.deviceId === deviceId);
    if (leaf === undefined) return groupRefused('not_a_member');
    leaves.push(leaf);
  }
  return leaves;
}

async function addProposals(
  context: CryptoContext,
  suite: CipherSuite,
  directory: Directory,
  policy: Policy,
  members: readonly ClaimedKeyPackage[],
): Promise<{ readonly proposals: ProposalInput[]; readonly invited: Invited[] } | GroupRefusal> {
  const proposals: ProposalInput[] = [];
  const invited: Invited[] = [];
  for (const claimed of members) {
    const keyPackage = await checkClaimed(context, suite, directory, policy, claimed);
    if (keyPackage.kind === 'refused') return keyPackage;
    const { accountId, deviceId } = claimed;
    const { reference } = keyPackage;
    if (invited.some((other) => other.deviceId === deviceId || equalBytes(other.reference, reference))) {
      return groupRefused('duplicate_device', { device: { accountId, deviceId } });
    }
    proposals.push({ kind: 'add', keyPackage });
    invited.push({ deviceId, reference });
  }
  return { proposals, invited };
}
