import type { MessagesQuery } from '../api.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';
import { type MessageRow, readMessagesAfter, readMessagesBefore } from './messageTable.ts';

interface StoredPage {
  /** Oldest first. */
  readonly rows: readonly MessageRow[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

/** The stored messages that a query asks for. `limit` is positive. */
export function readPage(
  sql: Sql,
  conversation: ConversationKey,
  query: Omit<MessagesQuery, 'conversationId'>,
): StoredPage {
  const { aroundOrder, afterOrder, limit } = query;
  if (aroundOrder !== undefined) {
    const above = readMessagesAfter(sql, conversation, aroundOrder - 1, Math.ceil(limit / 2) + 1);
    const hasNewer = above.length > Math.ceil(limit / 2);
    const newer = hasNewer ? above.slice(0, -1) : above;
    // Near the end of the thread what is missing above is read below.
    const room = limit - newer.length;
    const below = readMessagesBefore(sql, conversation, aroundOrder, room + 1);
    return { rows: [...below.slice(0, room).reverse(), ...newer], hasOlder: below.length > room, hasNewer };
  }
  if (afterOrder !== undefined) {
    const rows = readMessagesAfter(sql, conversation, afterOrder, limit + 1);
    const hasOlder = readMessagesBefore(sql, conversation, afterOrder + 1, 1).length > 0;
    return { rows: rows.slice(0, limit), hasOlder, hasNewer: rows.length > limit };
  }
  const before = query.beforeOrder ?? Number.MAX_SAFE_INTEGER;
  const rows = readMessagesBefore(sql, conversation, before, limit + 1);
  const hasNewer =
    query.beforeOrder !== undefined && readMessagesAfter(sql, conversation, before - 1, 1).length > 0;
  return { rows: rows.slice(0, limit).reverse(), hasOlder: rows.length > limit, hasNewer };
}
