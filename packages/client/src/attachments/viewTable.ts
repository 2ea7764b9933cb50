/**
 * Looks at files that can be looked at so many times (spec/attachments.md, "Views"): those of this account, and of own files
 * those of the others. Invariant: a set for each message and account, so it comes to the same in whatever order, and however
 * often, entries tell of it; and never more of them than any file can allow.
 */
import { type AccountId, limits, type TransactionId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

/** States of an attachment: NULL (no limit), closed, open, over. */
export const viewMigration = `
ALTER TABLE attachment RENAME COLUMN view_once TO view_state;
UPDATE attachment SET view_state = CASE view_state WHEN 'unopened' THEN 'closed' WHEN 'opened' THEN 'over' ELSE view_state END;
DROP TABLE attachment_viewer;
-- view_id: the transaction id of the entry that told of it
CREATE TABLE attachment_view (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  message_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  view_id TEXT NOT NULL,
  PRIMARY KEY (conversation, message_id, account_id, view_id)
) STRICT, WITHOUT ROWID;
-- Of own messages: who was there when they were sent, and so can look at what they bring.
CREATE TABLE view_recipient (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  message_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  PRIMARY KEY (conversation, message_id, account_id)
) STRICT, WITHOUT ROWID;
`;

/** Counts it once, and beyond what any file allows not at all. */
export function addView(
  sql: Sql,
  conversation: ConversationKey,
  messageId: TransactionId,
  account: AccountId,
  viewId: TransactionId,
): void {
  if (countViews(sql, conversation, messageId, account) >= limits.viewsPerAttachment) return;
  sql.run(
    'INSERT OR IGNORE INTO attachment_view VALUES (?, ?, ?, ?)',
    conversation,
    messageId,
    account,
    viewId,
  );
}

export function countViews(
  sql: Sql,
  conversation: ConversationKey,
  messageId: TransactionId,
  account: AccountId,
): number {
  const counted = sql.get(
    'SELECT count(*) AS n FROM attachment_view WHERE conversation = ? AND message_id = ? AND account_id = ?',
    conversation,
    messageId,
    account,
  );
  return counted?.n as number;
}

export function storeRecipients(
  sql: Sql,
  conversation: ConversationKey,
  messageId: TransactionId,
  accounts: readonly AccountId[],
): void {
  for (const account of accounts) {
    sql.run('INSERT OR IGNORE INTO view_recipient VALUES (?, ?, ?)', conversation, messageId, account);
  }
}

/** How often each has looked who can look at an own message. */
export function recipientViews(
  sql: Sql,
  conversation: ConversationKey,
  messageId: TransactionId,
): ReadonlyMap<AccountId, number> {
  const rows = sql.all(
    `SELECT r.account_id, count(v.view_id) AS n FROM view_recipient r
       LEFT JOIN attachment_view v USING (conversation, message_id, account_id)
     WHERE r.conversation = ? AND r.message_id = ? GROUP BY r.account_id`,
    conversation,
    messageId,
  );
  return new Map(rows.map(({ account_id: account, n }) => [account as AccountId, n as number]));
}

/** How often each account has looked that entries told of: of received messages, this one alone. */
export function countAllViews(sql: Sql, conversation: ConversationKey, messageId: TransactionId): number[] {
  return sql
    .all(
      `SELECT count(*) AS n FROM attachment_view WHERE conversation = ? AND message_id = ? GROUP BY account_id`,
      conversation,
      messageId,
    )
    .map(({ n }) => n as number);
}

export function countRecipients(sql: Sql, conversation: ConversationKey, messageId: TransactionId): number {
  const counted = sql.get(
    'SELECT count(*) AS n FROM view_recipient WHERE conversation = ? AND message_id = ?',
    conversation,
    messageId,
  );
  return counted?.n as number;
}
