/** Commits of a member (spec/groups.md, "Creating" and "Devices that come and go"). */
import { createGroup } from '@sotto/mls';
import { type DeviceId, idToBytes } from '@sotto/protocol';
import { groupOf } from './conversationGroup.ts';
import { groupPolicyAfter } from './groupChanges.ts';
import { leafLifetime, suiteFor } from './keyPackages.ts';
import { type CommitChanges, makeCommit } from './makeCommit.ts';
import { groupExtensions, memberCapabilities } from './policy.ts';
import { changedPolicy, checkPolicyOnJoin } from './policyChange.ts';
import type { GroupChange, PolicyChange } from './policyTypes.ts';
import { fromMls, groupRefused } from './refusals.ts';
import { isMember } from './roles.ts';
import type {
  ClaimedKeyPackage,
  ConversationGroup,
  CreateConversationOptions,
  CryptoContext,
  Directory,
  GroupRefusal,
  PendingCommit,
  Self,
} from './types.ts';

const nothing: CommitChanges = { add: [], remove: [], policy: null, proofs: [], isFounding: false };

/** Epoch 0 with this device alone, and the commit that adds everyone else (epoch 1). */
export async function createConversationGroup(
  context: CryptoContext,
  self: Self,
  options: CreateConversationOptions,
  directory: Directory,
): Promise<PendingCommit | GroupRefusal> {
  const { conversationId, policy, members } = options;
  if (!isMember(policy, self.accountId)) return groupRefused('account_not_in_policy');
  const wrongPolicy = checkPolicyOnJoin(policy, 1n, self.accountId);
  if (wrongPolicy !== null) return wrongPolicy;
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
  return makeCommit(context, group, self, { ...nothing, add: members, isFounding: true }, directory);
}

/** Adds devices of accounts that the policy names. */
export function addDevices(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  members: readonly ClaimedKeyPackage[],
  directory: Directory,
): Promise<PendingCommit | GroupRefusal> {
  return makeCommit(context, group, self, { ...nothing, add: members }, directory);
}

/** Removes devices of the own account, or such of others as their chains no longer list. */
export function removeDevices(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  devices: readonly DeviceId[],
  directory: Directory,
): Promise<PendingCommit | GroupRefusal> {
  return makeCommit(context, group, self, { ...nothing, remove: devices }, directory);
}

/**
 * Changes the policy for the own account, and nothing else (spec/groups.md, "Changing the policy"). Refused as
 * `policy_changed` where it is as wanted already.
 */
export async function changePolicy(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  change: PolicyChange,
  directory: Directory,
): Promise<PendingCommit | GroupRefusal> {
  const policy = changedPolicy(group.policy, self.accountId, change);
  if (policy === null) return groupRefused('policy_changed');
  return makeCommit(context, group, self, { ...nothing, policy }, directory);
}

/**
 * Changes a group by one commit (spec/groups.md, "Changing a group"): its policy, and the devices that follow from that.
 * Refused where the own account may not, or it is as wanted already (`policy_changed`).
 */
export async function proposeGroupChange(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  change: GroupChange,
  directory: Directory,
): Promise<PendingCommit | GroupRefusal> {
  if (group.policy.kind !== 'group') return groupRefused('policy_changed');
  const policy = groupPolicyAfter(group.policy, self.accountId, change);
  if (policy.kind === 'refused') return policy;
  const goes = group.roster.filter(({ accountId }) => !isMember(policy, accountId));
  const comes = change.kind === 'add' ? change : null;
  const changes = {
    ...nothing,
    policy,
    add: comes?.devices ?? [],
    remove: goes.map(({ deviceId }) => deviceId),
    proofs: comes?.proofs ?? [],
  };
  return makeCommit(context, group, self, changes, directory);
}
