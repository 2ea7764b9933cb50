/**
 * Which changes of a group's policy its members let pass (spec/groups.md, "Changing a group"). Invariant: each field that
 * differs between two policies that follow one another was changed by an account whose role had the right to, in the
 * policy before; every member comes to the same result from the same two policies.
 */
import { equalBytes } from '@sotto/primitives';
import type { AccountId } from '@sotto/protocol';
import { withLeaving } from './groupChanges.ts';
import { encodePolicy } from './policy.ts';
import type { GroupEvent, GroupPolicy, Invite, JoinProof, Rights } from './policyTypes.ts';
import { groupRefused } from './refusals.ts';
import { holds, isMember, isSameRights, mayDo, rightNames, roleOf } from './roles.ts';
import type { GroupRefusal } from './types.ts';

export interface GroupJudgement {
  readonly kind: 'allowed';
  readonly events: readonly GroupEvent[];
}

/** What one who changes a group brings, and is measured by. */
interface Change {
  readonly before: GroupPolicy;
  readonly after: GroupPolicy;
  readonly by: AccountId;
  /** Verified for themselves; here it is asked whether they are for this. */
  readonly proofs: readonly JoinProof[];
}

type Part = (change: Change) => GroupRefusal | readonly GroupEvent[];

/**
 * What `by` changed, or why it may not. The revision, history off and the timer have been judged: here `historyOff`
 * differs only by accounts that went, and the timer not at all.
 */
export function judgeGroupChange(change: Change): GroupJudgement | GroupRefusal {
  const { before, after, by } = change;
  const role = roleOf(before, by);
  if (role === null || !isMember(after, by)) return groupRefused('policy_changed');
  if (after.timerSeconds !== before.timerSeconds) return groupRefused('policy_changed');
  if (
    !isSame(
      after.historyOff,
      before.historyOff.filter((id) => isMember(after, id)),
    )
  ) {
    return groupRefused('policy_changed');
  }
  const leaving = judgeLeaving(change);
  if (leaving !== null) return leaving;
  const parts: readonly Part[] = [
    judgeAccountsGone,
    judgeAccountsCome,
    judgeRoles,
    judgeDetails,
    judgeRights,
    judgeSharing,
    judgeInvites,
    judgeDeletion,
  ];
  const events: GroupEvent[] = [];
  for (const part of parts) {
    const judged = part(change);
    if ('reason' in judged) return judged;
    events.push(...judged);
  }
  if (events.length === 0) return groupRefused('policy_changed');
  // Who leaves is on the way out, and a deleted group is over: taking out who left is all that goes on.
  if (events.every(({ kind }) => kind === 'gone')) return { kind: 'allowed', events };
  if (before.deleted) return groupRefused('group_deleted');
  return role === 'leaving' ? groupRefused('not_allowed_by_role') : { kind: 'allowed', events };
}

/** Leaving is for oneself, and all that the change does. Null where nobody leaves by it. */
function judgeLeaving({ before, after, by, proofs }: Change): GroupJudgement | GroupRefusal | null {
  const leave = after.leavingIds.filter((id) => !before.leavingIds.includes(id));
  if (leave.length === 0) {
    const back = before.leavingIds.some((id) => isMember(after, id) && !after.leavingIds.includes(id));
    return back ? groupRefused('policy_changed') : null;
  }
  const expected = withLeaving(before, by);
  const isExpected =
    expected !== null &&
    proofs.length === 0 &&
    isSamePolicy({ ...expected, revision: after.revision }, after);
  if (!isExpected) return groupRefused('policy_changed');
  const events: GroupEvent[] = [{ kind: 'left', accountId: by }];
  if (after.ownerId !== before.ownerId) events.push({ kind: 'handedOver', accountId: after.ownerId });
  return { kind: 'allowed', events };
}

function judgeAccountsGone({ before, after, by }: Change): GroupRefusal | readonly GroupEvent[] {
  const went = before.accountIds.filter((id) => !isMember(after, id));
  const hadLeft = went.filter((id) => before.leavingIds.includes(id));
  const removed = went.filter((id) => !before.leavingIds.includes(id));
  const isOwner = by === before.ownerId;
  const isProtected = (id: AccountId) => id === before.ownerId || (!isOwner && before.adminIds.includes(id));
  if (went.includes(before.ownerId)) return groupRefused('not_allowed_by_role');
  if (removed.length > 0 && (!mayDo(before, by, 'removeMembers') || removed.some(isProtected))) {
    return groupRefused('not_allowed_by_role');
  }
  const events: GroupEvent[] = [];
  if (hadLeft.length > 0) events.push({ kind: 'gone', accountIds: hadLeft });
  if (removed.length > 0) events.push({ kind: 'removed', accountIds: removed });
  return events;
}

/** Each comes by the committer's right to add, or by a proof of its own. */
function judgeAccountsCome({ before, after, by, proofs }: Change): GroupRefusal | readonly GroupEvent[] {
  const came = after.accountIds.filter((id) => !isMember(before, id));
  const mayAdd = mayDo(before, by, 'addMembers');
  const proven = new Set<AccountId>();
  const used = new Set<Invite>();
  for (const { accountId, inviteId } of proofs) {
    const invite = before.invites.find((one) => one.inviteId === inviteId);
    if (invite === undefined) return groupRefused('unknown_invite');
    if (!came.includes(accountId) || proven.has(accountId)) return groupRefused('invalid_join_proof');
    if (invite.needsApproval && !mayAdd) return groupRefused('approval_required');
    if (invite.singleUse && (used.has(invite) || after.invites.some((one) => one.inviteId === inviteId))) {
      return groupRefused('unknown_invite');
    }
    proven.add(accountId);
    used.add(invite);
  }
  const added = came.filter((id) => !proven.has(id));
  if (added.length > 0 && !mayAdd) return groupRefused('not_allowed_by_role');
  const events: GroupEvent[] = [];
  if (added.length > 0) events.push({ kind: 'added', accountIds: added });
  if (proven.size > 0) events.push({ kind: 'joinedByLink', accountIds: [...proven].sort() });
  return events;
}

/** Only the owner gives and takes roles, and hands over its own; who was the owner is an admin then. */
function judgeRoles({ before, after, by }: Change): GroupRefusal | readonly GroupEvent[] {
  const isHandedOver = after.ownerId !== before.ownerId;
  const had = new Set([...before.adminIds, before.ownerId]);
  const has = new Set([...after.adminIds, after.ownerId]);
  const promoted = after.adminIds.filter((id) => !had.has(id));
  const demoted = before.adminIds.filter((id) => !has.has(id) && isMember(after, id));
  if (!isHandedOver && promoted.length === 0 && demoted.length === 0) return [];
  if (by !== before.ownerId) return groupRefused('not_allowed_by_role');
  if (isHandedOver && (!after.adminIds.includes(by) || !isMember(before, after.ownerId))) {
    return groupRefused('policy_changed');
  }
  const events: GroupEvent[] = [];
  if (promoted.length > 0) events.push({ kind: 'promoted', accountIds: promoted });
  if (demoted.length > 0) events.push({ kind: 'demoted', accountIds: demoted });
  if (isHandedOver) events.push({ kind: 'handedOver', accountId: after.ownerId });
  return events;
}

function judgeDetails({ before, after, by }: Change): GroupRefusal | readonly GroupEvent[] {
  if (equalBytes(before.detailsHash, after.detailsHash)) return [];
  return mayDo(before, by, 'editDetails') ? [{ kind: 'details' }] : groupRefused('not_allowed_by_role');
}

/** An admin changes what admins have, and neither takes from the owner nor gives to the owner alone. */
function judgeRights({ before, after, by }: Change): GroupRefusal | readonly GroupEvent[] {
  if (isSameRights(before.rights, after.rights)) return [];
  const role = roleOf(before, by);
  const isOwners = (name: keyof Rights) =>
    before.rights[name] !== after.rights[name] &&
    (before.rights[name] === 'owner' || after.rights[name] === 'owner');
  const isAllowed = role === 'owner' || (role === 'admin' && !rightNames.some(isOwners));
  return isAllowed ? [{ kind: 'rights', rights: after.rights }] : groupRefused('not_allowed_by_role');
}

function judgeSharing({ before, after, by }: Change): GroupRefusal | readonly GroupEvent[] {
  if (before.sharesHistory === after.sharesHistory) return [];
  const role = roleOf(before, by);
  const isAllowed = role !== null && role !== 'leaving' && holds(role, 'admins');
  return isAllowed
    ? [{ kind: 'sharesHistory', shares: after.sharesHistory }]
    : groupRefused('not_allowed_by_role');
}

/** Who may add makes and revokes links; one that is for a single use goes with it, whoever lets in. */
function judgeInvites({ before, after, by, proofs }: Change): GroupRefusal | readonly GroupEvent[] {
  const used = new Set(proofs.map(({ inviteId }) => inviteId));
  const made = after.invites.filter((invite) => findSame(before.invites, invite) === undefined);
  const taken = before.invites.filter((invite) => findSame(after.invites, invite) === undefined);
  // A link stays as it was made.
  if (made.some(({ inviteId }) => before.invites.some((one) => one.inviteId === inviteId))) {
    return groupRefused('policy_changed');
  }
  const revoked = taken.filter(({ inviteId, singleUse }) => !singleUse || !used.has(inviteId));
  if (made.length + revoked.length > 0 && !mayDo(before, by, 'addMembers')) {
    return groupRefused('not_allowed_by_role');
  }
  return [
    ...made.map(({ inviteId }): GroupEvent => ({ kind: 'inviteMade', inviteId })),
    ...revoked.map(({ inviteId }): GroupEvent => ({ kind: 'inviteRevoked', inviteId })),
  ];
}

function judgeDeletion({ before, after, by }: Change): GroupRefusal | readonly GroupEvent[] {
  if (before.deleted === after.deleted) return [];
  if (before.deleted) return groupRefused('group_deleted');
  return by === before.ownerId ? [{ kind: 'deleted' }] : groupRefused('not_allowed_by_role');
}

function findSame(invites: readonly Invite[], invite: Invite): Invite | undefined {
  return invites.find((one) => isSameInvite(one, invite));
}

function isSameInvite(one: Invite, other: Invite): boolean {
  return (
    one.inviteId === other.inviteId &&
    one.expiresAtMs === other.expiresAtMs &&
    one.needsApproval === other.needsApproval &&
    one.singleUse === other.singleUse &&
    equalBytes(one.verifyKey, other.verifyKey)
  );
}

function isSamePolicy(one: GroupPolicy, other: GroupPolicy): boolean {
  return equalBytes(encodePolicy(one), encodePolicy(other));
}

function isSame(one: readonly AccountId[], other: readonly AccountId[]): boolean {
  return one.length === other.length && one.every((id, at) => id === other[at]);
}
