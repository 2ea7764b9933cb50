import type { ConversationRow } from '../conversations/conversationTable.ts';
import { readGroupRules } from '../groups/groupInfoTable.ts';
import type { Sql } from '../ports.ts';
import { type MessageRules, noRules, rulesOfGroup, rulesOfRoles } from './messageRules.ts';

/** Who may do what in a conversation as it is now: what is sent next is judged by it. */
export function rulesNow(sql: Sql, row: Pick<ConversationRow, 'key' | 'kind' | 'state'>): MessageRules {
  if (row.kind === 'direct') return rulesOfRoles(null);
  const rules = readGroupRules(sql, row.key);
  // Nobody but this account is in a group that is not made yet.
  if (rules === null) return row.state === 'waiting' ? noRules : rulesOfRoles(null);
  return rulesOfGroup(rules);
}
