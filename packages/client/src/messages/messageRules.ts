import { type EpochRoles, mayDo, mightDo, mightNameEveryone, type Policy, rolesOf } from '@sotto/crypto';
import type { AccountId } from '@sotto/protocol';

type MessageRight = 'send' | 'call' | 'pin' | 'deleteMessages' | 'nameEveryone';

/** Who may do what in the epoch that an entry is of: everybody judges by the same ones (spec/messages.md, "Rights"). */
export interface MessageRules {
  may(accountId: AccountId, right: MessageRight): boolean;
}

/** In direct conversations each deletes its own. */
const directRules: MessageRules = { may: (_, right) => right !== 'deleteMessages' };

/** Where the group of an own entry is lost (it was looked at when it was sealed), or is not made yet. */
export const noRules: MessageRules = { may: () => true };

export function rulesOfPolicy(policy: Policy): MessageRules {
  if (policy.kind === 'direct') return directRules;
  return {
    may: (accountId, right) =>
      right === 'nameEveryone'
        ? mightNameEveryone(rolesOf(policy), accountId)
        : !policy.deleted && mayDo(policy, accountId, right),
  };
}

/** Of a group's rules as they are stored. */
export function rulesOfGroup(
  rules: EpochRoles & { readonly deleted: boolean; readonly leavingIds: readonly AccountId[] },
): MessageRules {
  return {
    may: (accountId, right) =>
      !rules.deleted && !rules.leavingIds.includes(accountId) && mightHave(rules, accountId, right),
  };
}

/** `roles`: as the history key of the epoch came with them; null: of a direct conversation. */
export function rulesOfRoles(roles: EpochRoles | null): MessageRules {
  if (roles === null) return directRules;
  return { may: (accountId, right) => mightHave(roles, accountId, right) };
}

function mightHave(roles: EpochRoles, accountId: AccountId, right: MessageRight): boolean {
  return right === 'nameEveryone' ? mightNameEveryone(roles, accountId) : mightDo(roles, accountId, right);
}
