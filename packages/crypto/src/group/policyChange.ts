/**
 * Changes of a conversation's policy (spec/groups.md, "Changing the policy"). Invariant: from one policy to the next
 * only what the committer's account may change for itself has changed, and the revision counts it.
 */
import type { CommitSummary } from '@sotto/mls';
import type { AccountId } from '@sotto/protocol';
import { readIdentity } from './conversationGroup.ts';
import { maxRevision, readPolicy } from './policy.ts';
import { groupRefused } from './refusals.ts';
import type { GroupRefusal, Policy, PolicyChange } from './types.ts';

/**
 * Whoever founds a group can say that it is in any epoch, and epochs are stored as numbers. Commits do not lead from
 * here to where those end.
 */
const epochsToJoin = 2n ** 48n;

/** The policy after a change by `accountId`; null where that would change nothing, or could not be counted. */
export function changedPolicy(policy: Policy, accountId: AccountId, change: PolicyChange): Policy | null {
  const isOff = policy.historyOff.includes(accountId);
  if (isOff !== change.on || policy.revision >= maxRevision) return null;
  const others = policy.historyOff.filter((other) => other !== accountId);
  const historyOff = change.on ? others : [...others, accountId].sort();
  return { ...policy, revision: policy.revision + 1, historyOff };
}

/** What `by` changed from one policy to the next, or why it may not: everything has to be as one change leaves it. */
export function judgePolicyChange(before: Policy, after: Policy, by: AccountId): PolicyChange | GroupRefusal {
  if (after.revision !== before.revision + 1) return groupRefused('wrong_revision');
  const isMember = before.accountIds.includes(by);
  const change: PolicyChange = { kind: 'history', on: !after.historyOff.includes(by) };
  const expected = isMember ? changedPolicy(before, by, change) : null;
  return expected !== null && isSamePolicy(expected, after) ? change : groupRefused('policy_changed');
}

/** What an own commit, judged when it was made, changes in the policy; null where it stays. */
export function policyChangeOf({ extensions, committer }: CommitSummary): PolicyChange | null {
  if (extensions === null || committer.kind === 'external') return null;
  const before = readPolicy(extensions.before);
  const after = readPolicy(extensions.after);
  const by = readIdentity(committer.before);
  if (typeof before === 'string' || typeof after === 'string' || by === null) return null;
  const change = judgePolicyChange(before.policy, after.policy, by.accountId);
  return change.kind === 'refused' ? null : change;
}

/** A commit that changes the policy is by a member and does nothing else. */
export function isPolicyChangeAlone({ committer, added, removed }: CommitSummary): boolean {
  return committer.kind === 'member' && added.length === 0 && removed.length === 0;
}

/**
 * The policy of a group that this device is added to in `epoch`, by a device of `adder`: each change takes a commit, and
 * whoever founds a group (epoch 1) speaks for itself only.
 */
export function checkPolicyOnJoin(policy: Policy, epoch: bigint, adder: AccountId): GroupRefusal | null {
  if (epoch >= epochsToJoin) return groupRefused('invalid');
  if (BigInt(policy.revision) >= epoch) return groupRefused('wrong_revision');
  const speaksForOthers = epoch === 1n && policy.historyOff.some((accountId) => accountId !== adder);
  return speaksForOthers ? groupRefused('policy_changed') : null;
}

function isSamePolicy(one: Policy, other: Policy): boolean {
  return (
    one.kind === other.kind &&
    one.revision === other.revision &&
    isSameList(one.accountIds, other.accountIds) &&
    isSameList(one.historyOff, other.historyOff)
  );
}

function isSameList(one: readonly AccountId[], other: readonly AccountId[]): boolean {
  return one.length === other.length && one.every((accountId, at) => accountId === other[at]);
}
