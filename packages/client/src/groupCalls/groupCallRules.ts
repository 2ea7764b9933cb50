/** Who may do what in a call of a group: judged by the policy of the epoch that an entry is of (spec/groupCalls.md, "Hosts"). */
import { mayDo, type Policy } from '@sotto/crypto';
import { type AccountId, limits } from '@sotto/protocol';
import type { GroupRules } from '../groups/groupInfoTable.ts';

export interface GroupCallRules {
  /** 0: a member, 1: an admin, 2: the owner. */
  rankOf(accountId: AccountId): number;
  mayStart(accountId: AccountId): boolean;
  readonly mayRing: boolean;
}

/** `policy`: null where the group of an own entry is lost; it was looked at when it was sealed. */
export function callRulesOf(policy: Policy | null): GroupCallRules {
  if (policy?.kind !== 'group') return { rankOf: () => 0, mayStart: () => policy === null, mayRing: false };
  return {
    rankOf: (accountId) => rankIn(policy, accountId),
    mayStart: (accountId) => !policy.deleted && mayDo(policy, accountId, 'call'),
    mayRing: policy.accountIds.length <= limits.groupCallRings,
  };
}

export function rankIn(
  { ownerId, adminIds }: Pick<GroupRules, 'ownerId' | 'adminIds'>,
  accountId: AccountId,
): number {
  if (accountId === ownerId) return 2;
  return adminIds.includes(accountId) ? 1 : 0;
}
