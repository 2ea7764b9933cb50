import type { AccountId, ConversationId, TransactionId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { type MessageRef, refKey } from '../messages/messageRef.ts';
import type { Row, Sql } from '../ports.ts';
import { type MessageMark, mergeMarks } from './messageMark.ts';

/** Where the account's item of it stands: `own_item`, at the same place. */
export const messageMarkMigration = `
CREATE TABLE message_mark (
  place TEXT PRIMARY KEY,
  log_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  star_changed INTEGER NOT NULL,
  starred INTEGER NOT NULL,
  hidden INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX message_mark_by_message ON message_mark (log_id, transaction_id, account_id);
CREATE INDEX message_mark_by_star ON message_mark (star_changed) WHERE starred = 1;
`;

export function findMark(sql: Sql, place: ConversationId): MessageMark | null {
  const row = sql.get('SELECT * FROM message_mark WHERE place = ?', place);
  return row === undefined ? null : fromRow(row);
}

/** Merges it into what is stored, and gives what that comes to. */
export function mergeMark(sql: Sql, place: ConversationId, mark: MessageMark): MessageMark {
  const present = findMark(sql, place);
  const merged = present === null ? mark : mergeMarks(present, mark);
  sql.run(
    'INSERT OR REPLACE INTO message_mark VALUES (?, ?, ?, ?, ?, ?, ?)',
    place,
    merged.logId,
    merged.message.accountId,
    merged.message.transactionId,
    merged.starChangedMs,
    Number(merged.starred),
    Number(merged.hidden),
  );
  return merged;
}

/** Whether the account has deleted it for itself: none of its devices keeps it. */
export function isHiddenMessage(sql: Sql, conversation: ConversationKey, message: MessageRef): boolean {
  return (
    sql.get(
      `SELECT 1 FROM message_mark JOIN conversation USING (log_id)
       WHERE key = ? AND transaction_id = ? AND account_id = ? AND hidden = 1`,
      conversation,
      message.transactionId,
      message.accountId,
    ) !== undefined
  );
}

/** Which of the messages that their senders call so are starred, as keys of references. */
export function readStars(
  sql: Sql,
  conversation: ConversationKey,
  ids: readonly TransactionId[],
): ReadonlySet<string> {
  const rows = sql.all(
    `SELECT message_mark.* FROM message_mark JOIN conversation USING (log_id)
     WHERE key = ? AND starred = 1 AND transaction_id IN (SELECT value FROM json_each(?))`,
    conversation,
    JSON.stringify(ids),
  );
  return new Set(rows.map((row) => refKey(fromRow(row).message)));
}

/** The latest star first, at most `limit`; of all conversations where `logId` is null. */
export function latestStars(sql: Sql, logId: ConversationId | null, limit: number): MessageMark[] {
  return sql
    .all(
      `SELECT * FROM message_mark WHERE starred = 1 AND hidden = 0 AND (?1 IS NULL OR log_id = ?1)
       ORDER BY star_changed DESC LIMIT ?2`,
      logId,
      limit,
    )
    .map(fromRow);
}

function fromRow(row: Row): MessageMark {
  return {
    logId: row.log_id as ConversationId,
    message: {
      accountId: row.account_id as AccountId,
      transactionId: row.transaction_id as TransactionId,
    },
    starChangedMs: row.star_changed as number,
    starred: row.starred === 1,
    hidden: row.hidden === 1,
  };
}
