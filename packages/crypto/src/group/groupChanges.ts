/**
 * What a group's policy is after a member's change (spec/groups.md, "Changing a group"). Whether the member may make it
 * is judged where every member judges (`groupRules.ts`), its maker first.
 */
import { equalBytes } from '@sotto/primitives';
import { type AccountId, limits } from '@sotto/protocol';
import type { GroupChange, GroupPolicy, Invite, JoinProof } from './policyTypes.ts';
import { groupRefused } from './refusals.ts';
import { areRightsSafe } from './rightsCodec.ts';
import { isMember, isSameRights } from './roles.ts';
import type { GroupRefusal } from './types.ts';

/** Of the field on the wire. */
export const maxRevision = 2 ** 32 - 1;

/** The policy after the change, of one revision more; refused where it changes nothing or makes no policy. */
export function groupPolicyAfter(
  before: GroupPolicy,
  by: AccountId,
  change: GroupChange,
): GroupPolicy | GroupRefusal {
  const changed = apply(before, by, change);
  if (changed === null || before.revision >= maxRevision) return groupRefused('policy_changed');
  if ('reason' in changed) return changed;
  if (changed.accountIds.length > limits.accountsPerConversation) return groupRefused('too_many_accounts');
  if (changed.adminIds.length > limits.adminsPerGroup) return groupRefused('too_many_admins');
  if (changed.invites.length > limits.invitesPerGroup) return groupRefused('too_many_invites');
  return { ...changed, revision: before.revision + 1 };
}

function apply(policy: GroupPolicy, by: AccountId, change: GroupChange): GroupPolicy | GroupRefusal | null {
  switch (change.kind) {
    case 'add':
      return withAdded(policy, change.accountIds, change.proofs ?? []);
    case 'remove':
      return withRemoved(policy, change.accountIds, change.revokesInvites ?? false);
    case 'leave':
      return withLeaving(policy, by);
    case 'promote': {
      if (!canHaveRole(policy, change.accountId)) return groupRefused('not_a_member');
      const isSo = change.accountId === policy.ownerId || policy.adminIds.includes(change.accountId);
      return isSo ? null : { ...policy, adminIds: [...policy.adminIds, change.accountId].sort() };
    }
    case 'demote':
      if (!policy.adminIds.includes(change.accountId)) return null;
      return { ...policy, adminIds: without(policy.adminIds, [change.accountId]) };
    case 'handOver': {
      const { accountId } = change;
      if (accountId === policy.ownerId) return null;
      if (!canHaveRole(policy, accountId)) return groupRefused('not_a_member');
      const adminIds = [...without(policy.adminIds, [accountId]), policy.ownerId].sort();
      return { ...policy, ownerId: accountId, adminIds };
    }
    case 'details': {
      const { detailsHash } = change;
      return equalBytes(detailsHash, policy.detailsHash) ? null : { ...policy, detailsHash };
    }
    case 'rights': {
      const { rights } = change;
      return isSameRights(rights, policy.rights) || !areRightsSafe(rights) ? null : { ...policy, rights };
    }
    case 'sharesHistory': {
      const { shares } = change;
      return shares === policy.sharesHistory ? null : { ...policy, sharesHistory: shares };
    }
    case 'makeInvite': {
      const { invite } = change;
      if (policy.invites.some(({ inviteId }) => inviteId === invite.inviteId)) return null;
      return { ...policy, invites: [...policy.invites, invite].sort(byId) };
    }
    case 'revokeInvite': {
      const invites = policy.invites.filter(({ inviteId }) => inviteId !== change.inviteId);
      return invites.length === policy.invites.length
        ? groupRefused('unknown_invite')
        : { ...policy, invites };
    }
    case 'delete':
      return policy.deleted ? null : { ...policy, deleted: true };
  }
}

/**
 * Who leaves has no role any more. The owner hands over by it: to the first admin, else to the first member who stays;
 * where nobody stays, to nobody.
 */
export function withLeaving(policy: GroupPolicy, accountId: AccountId): GroupPolicy | null {
  if (!isMember(policy, accountId) || policy.leavingIds.includes(accountId)) return null;
  const leavingIds = [...policy.leavingIds, accountId].sort();
  const adminIds = without(policy.adminIds, [accountId]);
  if (accountId !== policy.ownerId) return { ...policy, leavingIds, adminIds };
  const leaving = new Set(leavingIds);
  const heir = adminIds[0] ?? policy.accountIds.find((other) => !leaving.has(other));
  if (heir === undefined) return { ...policy, leavingIds };
  return { ...policy, leavingIds, ownerId: heir, adminIds: without(adminIds, [heir]) };
}

function withAdded(
  policy: GroupPolicy,
  accountIds: readonly AccountId[],
  proofs: readonly JoinProof[],
): GroupPolicy | GroupRefusal | null {
  if (accountIds.length === 0) return null;
  if (accountIds.some((accountId) => isMember(policy, accountId))) return groupRefused('already_a_member');
  const used = new Set(proofs.map(({ inviteId }) => inviteId));
  return {
    ...policy,
    accountIds: [...new Set([...policy.accountIds, ...accountIds])].sort(),
    invites: policy.invites.filter(({ inviteId, singleUse }) => !singleUse || !used.has(inviteId)),
  };
}

function withRemoved(
  policy: GroupPolicy,
  accountIds: readonly AccountId[],
  revokesInvites: boolean,
): GroupPolicy | GroupRefusal | null {
  if (accountIds.length === 0) return null;
  if (accountIds.some((accountId) => !isMember(policy, accountId))) return groupRefused('not_a_member');
  if (accountIds.includes(policy.ownerId)) return groupRefused('not_allowed_by_role');
  return {
    ...policy,
    accountIds: without(policy.accountIds, accountIds),
    adminIds: without(policy.adminIds, accountIds),
    leavingIds: without(policy.leavingIds, accountIds),
    historyOff: without(policy.historyOff, accountIds),
    invites: revokesInvites ? policy.invites.filter((invite) => invite.needsApproval) : policy.invites,
  };
}

function canHaveRole(policy: GroupPolicy, accountId: AccountId): boolean {
  return isMember(policy, accountId) && !policy.leavingIds.includes(accountId);
}

function without(ids: readonly AccountId[], gone: readonly AccountId[]): AccountId[] {
  const taken = new Set(gone);
  return ids.filter((id) => !taken.has(id));
}

function byId(one: Invite, other: Invite): number {
  return one.inviteId < other.inviteId ? -1 : 1;
}
