/**
 * Changes of a conversation's policy (spec/groups.md, "Changing the policy"). Invariant: from one policy to the next
 * only what the committer's account may change has changed, and the revision counts it.
 */
import type { CommitSummary } from '@sotto/mls';
import { equalBytes } from '@sotto/primitives';
import type { AccountId } from '@sotto/protocol';
import { readAuthenticated } from './commitMarks.ts';
import { readIdentity } from './conversationGroup.ts';
import { maxRevision } from './groupChanges.ts';
import { judgeGroupChange } from './groupRules.ts';
import { encodePolicy, readPolicy } from './policy.ts';
import type { GroupEvent, JoinProof, Policy, PolicyChange } from './policyTypes.ts';
import { groupRefused } from './refusals.ts';
import { isMember, mayDo, roleOf } from './roles.ts';
import { isTimer } from './timer.ts';
import type { GroupRefusal } from './types.ts';

/**
 * Whoever founds a group can say that it is in any epoch, and epochs are stored as numbers. Commits do not lead from
 * here to where those end.
 */
const epochsToJoin = 2n ** 48n;

/** What a commit does beside adding and removing devices. */
export interface JudgedChange {
  readonly kind: 'judged';
  readonly policyChange: PolicyChange | null;
  readonly groupEvents: readonly GroupEvent[];
}

export const noChange: JudgedChange = { kind: 'judged', policyChange: null, groupEvents: [] };
const foundedGroup: JudgedChange = { ...noChange, groupEvents: [{ kind: 'created' }] };

/** The policy after a change by `accountId`; null where that would change nothing, or make no policy. */
export function changedPolicy(policy: Policy, accountId: AccountId, change: PolicyChange): Policy | null {
  if (policy.revision >= maxRevision) return null;
  const revision = policy.revision + 1;
  switch (change.kind) {
    case 'history': {
      if (policy.historyOff.includes(accountId) !== change.on) return null;
      const others = policy.historyOff.filter((other) => other !== accountId);
      return { ...policy, revision, historyOff: change.on ? others : [...others, accountId].sort() };
    }
    case 'timer': {
      const { seconds } = change;
      return seconds === policy.timerSeconds || !isTimer(seconds)
        ? null
        : { ...policy, revision, timerSeconds: seconds };
    }
  }
}

/** What `by` changed from one policy to the next, or why it may not. `proofs`: what the commit brings of those who join. */
export function judgePolicyChange(
  before: Policy,
  after: Policy,
  by: AccountId,
  proofs: readonly JoinProof[] = [],
): JudgedChange | GroupRefusal {
  if (after.revision !== before.revision + 1) return groupRefused('wrong_revision');
  const change = changeForAny(before, after, by);
  if (change !== null) {
    const isOver = before.kind === 'group' && (before.deleted || roleOf(before, by) === 'leaving');
    if (isOver || proofs.length > 0) return groupRefused('policy_changed');
    const isAllowed = change.kind !== 'timer' || maySetTimer(before, by);
    return isAllowed ? { ...noChange, policyChange: change } : groupRefused('not_allowed_by_role');
  }
  if (before.kind !== 'group' || after.kind !== 'group') return groupRefused('policy_changed');
  const judged = judgeGroupChange({ before, after, by, proofs });
  return judged.kind === 'refused' ? judged : { ...noChange, groupEvents: judged.events };
}

/** Whether the account may change after how long messages disappear: each of two, and in groups who has the right. */
export function maySetTimer(policy: Policy, accountId: AccountId): boolean {
  return policy.kind === 'group' ? mayDo(policy, accountId, 'setTimer') : isMember(policy, accountId);
}

/** The one change of any conversation's policy that is all that differs; null where there is none. */
function changeForAny(before: Policy, after: Policy, by: AccountId): PolicyChange | null {
  if (!isMember(before, by)) return null;
  const possible: PolicyChange[] = [
    { kind: 'history', on: !after.historyOff.includes(by) },
    { kind: 'timer', seconds: after.timerSeconds },
  ];
  const isAll = (change: PolicyChange) => {
    const expected = changedPolicy(before, by, change);
    return expected !== null && equalBytes(encodePolicy(expected), encodePolicy(after));
  };
  return possible.find(isAll) ?? null;
}

/** What an own commit, judged when it was made, does to the policy. */
export function policyChangeOf(summary: CommitSummary, policy: Policy): JudgedChange {
  const { extensions, committer } = summary;
  if (summary.fromEpoch === 0n && policy.kind === 'group') return foundedGroup;
  if (extensions === null || committer.kind === 'external') return noChange;
  const before = readPolicy(extensions.before);
  const by = readIdentity(committer.before);
  const brought = readAuthenticated(summary.authenticatedData);
  if (typeof before === 'string' || by === null || brought === null) return noChange;
  const judged = judgePolicyChange(before.policy, policy, by.accountId, brought.proofs);
  return judged.kind === 'refused' ? noChange : judged;
}

/** A commit that changes a direct conversation's policy is by a member and does nothing else. */
export function isPolicyChangeAlone({ committer, added, removed }: CommitSummary): boolean {
  return committer.kind === 'member' && added.length === 0 && removed.length === 0;
}

/**
 * The policy of a group that this device is added to in `epoch`, by a device of `adder`: each change takes a commit, and
 * whoever founds a group (epoch 1) speaks for itself only, and owns it.
 */
export function checkPolicyOnJoin(policy: Policy, epoch: bigint, adder: AccountId): GroupRefusal | null {
  if (epoch >= epochsToJoin) return groupRefused('invalid');
  if (BigInt(policy.revision) >= epoch) return groupRefused('wrong_revision');
  if (epoch !== 1n) return null;
  const speaksForOthers = policy.historyOff.some((accountId) => accountId !== adder);
  return speaksForOthers || (policy.kind === 'group' && !isNewGroupOf(policy, adder))
    ? groupRefused('policy_changed')
    : null;
}

function isNewGroupOf(policy: Extract<Policy, { kind: 'group' }>, founder: AccountId): boolean {
  return policy.ownerId === founder && policy.leavingIds.length === 0 && !policy.deleted;
}
