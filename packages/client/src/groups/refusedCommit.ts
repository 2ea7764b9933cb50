/**
 * A commit that is refused may have come with a group of its maker's own making, with roles as it likes, whatever it is
 * refused for: bytes that nobody can open serve as well as a change that is not allowed (spec/client.md, "A commit that
 * breaks the rules"). The server may have taken it, and others may go on from it. Invariant: this device comes back into the
 * group, by its own commit or by a Welcome, only where the group's rules are as they were.
 */
import type { Policy } from '@sotto/crypto';
import type { AccountId } from '@sotto/protocol';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { memberIds } from '../conversations/members.ts';
import type { Sql } from '../ports.ts';
import { readGroupRules, rulesFrom } from './groupInfoTable.ts';

/**
 * Why another's commit was not taken. `chains`: by what this device knows of members' devices, which may be newer than the
 * commit: others may have taken it, so accounts may have come by it.
 */
export type RefusedCommit = 'rules' | 'chains';

/** `group_info.refuses`; 0: none was refused. */
const refusals: Readonly<Record<RefusedCommit, number>> = { rules: 1, chains: 2 };

/** Another's commit of the epoch that this device is in was refused. */
export function noteRefusedCommit(
  sql: Sql,
  row: Pick<ConversationRow, 'key' | 'kind'>,
  refused: RefusedCommit,
): void {
  if (row.kind === 'direct') return;
  sql.run(
    'UPDATE group_info SET refuses = ?2 WHERE conversation = ?1 AND refuses <> ?3',
    row.key,
    refusals[refused],
    refusals.rules,
  );
}

/** Nothing that was refused counts any more: the group goes on from where this device is. */
export function forgetRefusedCommit(sql: Sql, { key }: Pick<ConversationRow, 'key'>): void {
  sql.run('UPDATE group_info SET refuses = 0 WHERE conversation = ?', key);
}

/** Whether this device may rejoin a group that has this policy now. */
export function mayRejoin(sql: Sql, self: AccountId, row: ConversationRow, policy: Policy): boolean {
  const refused = sql.get('SELECT refuses FROM group_info WHERE conversation = ?', row.key)?.refuses ?? 0;
  const rules = readGroupRules(sql, row.key);
  if (refused === 0 || rules === null) return true;
  if (policy.kind === 'direct') return false;
  const now = rulesFrom(policy);
  const areMembersSame = memberIds(sql, self, row).toSorted().join() === policy.accountIds.join();
  if (refused === refusals.rules) return areMembersSame && isSame({ ...rules, revision: now.revision }, now);
  const { revision, invites } = now;
  return hasAll(policy.accountIds, memberIds(sql, self, row)) && isSame({ ...rules, revision, invites }, now);
}

function hasAll(ids: readonly AccountId[], wanted: readonly AccountId[]): boolean {
  const present = new Set(ids);
  return wanted.every((id) => present.has(id));
}

function isSame<T>(one: T, other: T): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
