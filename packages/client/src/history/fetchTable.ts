import type { ConversationId } from '@sotto/protocol';
import type { HistoryView } from '../api.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';
import type { PageWanted } from './readPages.ts';

/** What fetching the rest of the history needs to know over restarts (spec/history.md §Fetching the rest). */
export const fetchMigration = `
-- Newest entry that the server said the log has.
ALTER TABLE conversation ADD COLUMN told_head INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN history_paused INTEGER NOT NULL DEFAULT 0;
`;

export function isHistoryPaused(sql: Sql): boolean {
  return sql.get('SELECT history_paused FROM device')?.history_paused === 1;
}

export function setHistoryPaused(sql: Sql, isPaused: boolean): void {
  sql.run('UPDATE device SET history_paused = ?', Number(isPaused));
}

/** Heads that are higher than what was known. */
export function newHeads<Head extends { readonly logId: ConversationId; readonly headSeq: number }>(
  sql: Sql,
  heads: readonly Head[],
): Head[] {
  const known = new Map(
    sql.all('SELECT log_id, told_head FROM conversation').map((row) => [row.log_id, row.told_head as number]),
  );
  return heads.filter(({ logId, headSeq }) => headSeq > (known.get(logId) ?? Number.MAX_SAFE_INTEGER));
}

export function readToldHead(sql: Sql, key: ConversationKey): number {
  return Number(sql.get('SELECT told_head FROM conversation WHERE key = ?', key)?.told_head ?? 0);
}

export function setToldHead(sql: Sql, logId: ConversationId, headSeq: number): void {
  sql.run('UPDATE conversation SET told_head = max(told_head, ?) WHERE log_id = ?', headSeq, logId);
}

/** The newest gap of each conversation's log, those of the liveliest conversations first. */
export function newestGaps(sql: Sql, limit: number): PageWanted[] {
  return sql
    .all(
      `SELECT key, log_id, newest, (SELECT max(to_seq) FROM log_span
         WHERE conversation = key AND to_seq < newest) AS below
       FROM (SELECT key, log_id, last_activity_ms,
               (SELECT max(from_seq) FROM log_span WHERE conversation = key) AS newest
             FROM conversation WHERE log_id IS NOT NULL AND state IN ('joining', 'ready'))
       WHERE newest > 1 ORDER BY last_activity_ms DESC, key`,
    )
    .map((row) => {
      const newest = row.newest as number;
      const gap = newest - 1 - ((row.below as number | null) ?? 0);
      return {
        key: row.key as ConversationKey,
        logId: row.log_id as ConversationId,
        beforeSeq: newest,
        limit: Math.min(limit, gap),
      };
    });
}

/** How much of the logs is here. */
export function readCoverage(sql: Sql): Pick<HistoryView, 'entriesHere' | 'entriesInAll' | 'messagesHere'> {
  const row = sql.get(
    `SELECT coalesce(sum(here), 0) AS here, coalesce(sum(max(told_head, top)), 0) AS whole FROM (
       SELECT told_head, coalesce(sum(to_seq - from_seq + 1), 0) AS here, coalesce(max(to_seq), 0) AS top
       FROM conversation LEFT JOIN log_span ON conversation = key
       WHERE log_id IS NOT NULL AND state IN ('joining', 'ready') GROUP BY key)`,
  );
  const messages = sql.get('SELECT count(*) AS n FROM message WHERE search_place IS NOT NULL');
  return {
    entriesHere: row?.here as number,
    entriesInAll: row?.whole as number,
    messagesHere: messages?.n as number,
  };
}
