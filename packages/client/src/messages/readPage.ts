import type { MessagesQuery } from '../api.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { spanAbove, spanBelow } from '../history/spanTable.ts';
import type { Sql } from '../ports.ts';
import { type MessageRow, readMessagesAfter, readMessagesBefore } from './messageTable.ts';

interface StoredPage {
  /** Oldest first. */
  readonly rows: readonly MessageRow[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  /**
   * The page ends where entries of the log are not here: those before this `seq` are wanted (null: the newest ones).
   * Undefined where nothing is missing.
   */
  readonly missingBefore?: number | null;
}

/**
 * The stored messages that a query asks for. `limit` is positive. A page does not reach over entries of the log that
 * are not here, so that nothing seems to follow what it does not follow. What has disappeared by `shownAtMs`, by the
 * server's time, counts as not stored.
 */
export function readPage(
  sql: Sql,
  conversation: ConversationKey,
  query: Omit<MessagesQuery, 'conversationId'>,
  shownAtMs = 0,
): StoredPage {
  const stored = readStored(sql, conversation, query, shownAtMs);
  const { afterOrder, aroundOrder, beforeOrder } = query;
  const anchor = aroundOrder ?? afterOrder ?? (beforeOrder ?? Number.MAX_SAFE_INTEGER) - 1;
  const span = spanBelow(sql, conversation, anchor + 1);
  if (span === null) {
    // Nothing stands before the first entry.
    if (anchor < 1 || !hasLog(sql, conversation)) return stored;
    const above = spanAbove(sql, conversation, anchor);
    return { ...stored, hasOlder: true, missingBefore: above?.fromSeq ?? null };
  }
  const next = spanAbove(sql, conversation, span.toSeq);
  const below = stored.rows.filter(({ order }) => order < span.fromSeq).length;
  const above = next === null ? 0 : stored.rows.filter(({ order }) => order > span.toSeq).length;
  const rows = stored.rows.slice(below, stored.rows.length - above);
  const isOldestHere = below > 0 || (!stored.hasOlder && span.fromSeq > 1);
  const isNewestHere = above > 0;
  const hasOlder = stored.hasOlder || isOldestHere;
  const hasNewer = stored.hasNewer || isNewestHere;
  if (rows.length >= query.limit || !(isOldestHere || isNewestHere)) return { rows, hasOlder, hasNewer };
  const wantsNewer = isNewestHere && (afterOrder !== undefined || !isOldestHere);
  return { rows, hasOlder, hasNewer, missingBefore: wantsNewer ? next!.fromSeq : span.fromSeq };
}

/** Whether the server has a log of the conversation, as far as is known here. */
function hasLog(sql: Sql, conversation: ConversationKey): boolean {
  return (
    sql.get(
      `SELECT 1 FROM conversation WHERE key = ? AND log_id IS NOT NULL AND state <> 'waiting'`,
      conversation,
    ) !== undefined
  );
}

function readStored(
  sql: Sql,
  conversation: ConversationKey,
  query: Omit<MessagesQuery, 'conversationId'>,
  shownAtMs: number,
): StoredPage {
  const { aroundOrder, afterOrder, limit } = query;
  if (aroundOrder !== undefined) {
    const above = readMessagesAfter(sql, conversation, aroundOrder - 1, Math.ceil(limit / 2) + 1, shownAtMs);
    const hasNewer = above.length > Math.ceil(limit / 2);
    const newer = hasNewer ? above.slice(0, -1) : above;
    // Near the end of the thread what is missing above is read below.
    const room = limit - newer.length;
    const below = readMessagesBefore(sql, conversation, aroundOrder, room + 1, shownAtMs);
    return { rows: [...below.slice(0, room).reverse(), ...newer], hasOlder: below.length > room, hasNewer };
  }
  if (afterOrder !== undefined) {
    const rows = readMessagesAfter(sql, conversation, afterOrder, limit + 1, shownAtMs);
    const hasOlder = readMessagesBefore(sql, conversation, afterOrder + 1, 1, shownAtMs).length > 0;
    return { rows: rows.slice(0, limit), hasOlder, hasNewer: rows.length > limit };
  }
  const before = query.beforeOrder ?? Number.MAX_SAFE_INTEGER;
  const rows = readMessagesBefore(sql, conversation, before, limit + 1, shownAtMs);
  const hasNewer =
    query.beforeOrder !== undefined &&
    readMessagesAfter(sql, conversation, before - 1, 1, shownAtMs).length > 0;
  return { rows: rows.slice(0, limit).reverse(), hasOlder: rows.length > limit, hasNewer };
}
