import type { ConversationRow } from '../conversations/conversationTable.ts';
import { readGroupRules } from '../groups/groupInfoTable.ts';
import { type MessageRules, rulesOfRoles } from '../messages/messageRules.ts';
import type { Sql } from '../ports.ts';

/** Who may do what in an epoch of which no roles came with the key: in groups as it is now. */
export function rulesAt(sql: Sql, row: Pick<ConversationRow, 'key' | 'kind'>): MessageRules {
  return rulesOfRoles(row.kind === 'direct' ? null : readGroupRules(sql, row.key));
}
