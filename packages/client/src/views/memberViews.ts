import type { AccountId } from '@sotto/protocol';
import type { GroupRole, MemberView } from '../api.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { memberIds } from '../conversations/members.ts';
import { readGroupRules } from '../groups/groupInfoTable.ts';
import type { Sql } from '../ports.ts';
import type { ViewNames } from './messageView.ts';

const ranks: Readonly<Record<GroupRole, number>> = { owner: 0, admin: 1, member: 2 };

/** Member accounts with their devices in the group; without a group, the accounts alone. */
export function memberViews(
  names: ViewNames,
  sql: Sql,
  row: ConversationRow,
  roster: readonly { readonly accountId: AccountId }[],
): MemberView[] {
  const counts = new Map<AccountId, number>();
  for (const { accountId } of roster) counts.set(accountId, (counts.get(accountId) ?? 0) + 1);
  const rules = readGroupRules(sql, row.key);
  const ownerId = rules?.ownerId ?? (row.state === 'waiting' ? names.self : null);
  const admins = new Set(rules?.adminIds);
  const roleOf = (id: AccountId): GroupRole =>
    id === ownerId ? 'owner' : admins.has(id) ? 'admin' : 'member';
  const members = memberIds(sql, names.self, row).map((id) => ({
    account: names.account(id),
    isSelf: id === names.self,
    role: row.kind === 'group' ? roleOf(id) : null,
    deviceCount: counts.get(id) ?? 0,
  }));
  if (row.kind === 'direct') return members;
  return members.sort(
    (a, b) =>
      Number(b.isSelf) - Number(a.isSelf) ||
      ranks[a.role ?? 'member'] - ranks[b.role ?? 'member'] ||
      (a.account.username < b.account.username ? -1 : 1),
  );
}
