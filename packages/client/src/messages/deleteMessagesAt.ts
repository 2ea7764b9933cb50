/** Takes messages out of the database. Invariant: nothing of what they said, or of their files, stays behind in it. */
import type { TransactionId } from '@sotto/protocol';
import { deleteAttachments } from '../attachments/attachmentTable.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';
import { forgetText, type SearchPlace } from '../search/searchTable.ts';

/** With their places in the index and what they name of files: a few statements, however many they are. */
export function deleteMessagesAt(sql: Sql, conversation: ConversationKey, orders: readonly number[]): void {
  const those = 'conversation = ?1 AND ord IN (SELECT value FROM json_each(?2))';
  const places = JSON.stringify(orders);
  const indexed = sql.all(
    `SELECT search_place, detail FROM message WHERE ${those} AND search_place IS NOT NULL`,
    conversation,
    places,
  );
  for (const { search_place: place, detail } of indexed) {
    forgetText(sql, conversation, place as SearchPlace, detail as string);
  }
  const ids = sql.all(`SELECT message_id FROM message WHERE ${those}`, conversation, places);
  deleteAttachments(
    sql,
    conversation,
    ids.map(({ message_id: id }) => id as TransactionId),
  );
  // What is left of calls whose lines they are goes with them.
  sql.run(
    `DELETE FROM call WHERE is_open = 0 AND conversation = ?1 AND call_id IN (
       SELECT message_id FROM message WHERE ${those} AND body_kind = 'call')`,
    conversation,
    places,
  );
  sql.run(
    `DELETE FROM group_call WHERE is_open = 0 AND conversation = ?1 AND call_id IN (
       SELECT message_id FROM message WHERE ${those} AND body_kind = 'groupCall')`,
    conversation,
    places,
  );
  sql.run(`DELETE FROM message WHERE ${those}`, conversation, places);
}
