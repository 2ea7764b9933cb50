/** Where in a thread something is. Invariant: each is found by an index, however long the thread is. */
import { waitingOrderBase } from '../api.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

/** More unread messages than these that mention the account are not counted. */
const mentionsLimit = 1_000;

/** Orders of others' texts above `ownRead` that mention this account, or everyone; the oldest first. */
export function unreadMentions(sql: Sql, conversation: ConversationKey, ownRead: number): number[] {
  return sql
    .all(
      `SELECT ord FROM message
       WHERE conversation = ? AND ord > ? AND mentions_self = 1 AND state = 'received' AND body_kind = 'text'
       ORDER BY ord LIMIT ?`,
      conversation,
      ownRead,
      mentionsLimit,
    )
    .map((row) => row.ord as number);
}

/** Order of the message of the log with the earliest time at or after `timeMs`, as senders say; null: there is none. */
export function findByDate(sql: Sql, conversation: ConversationKey, timeMs: number): number | null {
  const row = sql.get(
    `SELECT ord FROM message
     WHERE conversation = ? AND sent_at_ms >= ? AND body_kind IN ('text', 'deleted') AND ord < ?
     ORDER BY sent_at_ms, ord LIMIT 1`,
    conversation,
    timeMs,
    waitingOrderBase,
  );
  return (row?.ord as number | undefined) ?? null;
}
