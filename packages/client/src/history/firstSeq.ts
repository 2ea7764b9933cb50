import {
  type ConversationKey,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { readOwnState } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';
import { addSpan, cutSpan } from './spanTable.ts';

/**
 * The account may read the log from this entry on, as the server says: what stands before counts as here, so that nobody
 * asks for it. It may change either way, for who is removed from a group may come again.
 */
export function setFirstSeq(sql: Sql, key: ConversationKey, mayReadFrom: number): void {
  const row = conversationByKey(sql, key);
  if (row === null) return;
  // What the account deleted is not read again.
  const firstSeq = Math.max(mayReadFrom, readOwnState(sql, row).forgotten.throughSeq + 1);
  if (row.firstSeq === firstSeq) return;
  if (firstSeq > row.firstSeq) addSpan(sql, key, { fromSeq: row.firstSeq, toSeq: firstSeq - 1 });
  else cutSpan(sql, key, { fromSeq: firstSeq, toSeq: row.firstSeq - 1 });
  updateConversation(sql, key, { firstSeq });
}
