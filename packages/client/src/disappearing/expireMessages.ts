/**
 * Takes away messages whose time is over (spec/disappearing.md, "Gone"). Invariant: after the transaction nothing in the
 * database says what they said; files go with the next sweep (attachments/localBlobs.ts), which the caller begins.
 */

import type { ConversationId, TransactionId } from '@sotto/protocol';
import { releaseBlobs } from '../attachments/blobRelease.ts';
import {
  type ConversationKey,
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { tellDraft } from '../drafts/tellDraft.ts';
import { decodeContent, isChange } from '../messages/content.ts';
import { deleteMessagesAt } from '../messages/deleteMessagesAt.ts';
import { refKey } from '../messages/messageRef.ts';
import { countUnread } from '../messages/messageTable.ts';
import { acceptedAt, deleteOutboxItem, forgetContent } from '../outbox/outboxTable.ts';
import type { Row, Sql } from '../ports.ts';

export interface Expired {
  readonly count: number;
  /** Whose own views are not told of it yet: `Changes.conversation`. */
  readonly conversations: readonly ConversationId[];
}

/** Those whose deadline is at or before `nowMs`, at most `limit`. */
export function expireMessages(sql: Sql, changes: Changes, nowMs: number, limit: number): Expired {
  const due = sql.all(
    `SELECT conversation, ord, message_id, coalesce(wire_id, message_id) AS wire_id, sender_id FROM message
     WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?`,
    nowMs,
    limit,
  );
  const conversations: ConversationId[] = [];
  for (const [key, rows] of Map.groupBy(due, ({ conversation }) => conversation as ConversationKey)) {
    const conversation = conversationByKey(sql, key);
    if (conversation === null) continue;
    expireIn(sql, changes, conversation, rows, nowMs);
    conversations.push(conversation.conversationId);
  }
  return { count: due.length, conversations };
}

function expireIn(
  sql: Sql,
  changes: Changes,
  row: ConversationRow,
  rows: readonly Row[],
  nowMs: number,
): void {
  const { key: conversation } = row;
  const orders = rows.map(({ ord }) => ord as number);
  const ids = JSON.stringify(rows.map(({ message_id: id }) => id));
  const those = `SELECT coalesce(wire_id, message_id), sender_id FROM message
    WHERE conversation = ?1 AND ord IN (SELECT value FROM json_each(?2))`;
  // Else all changes of the conversation would be looked through.
  for (const table of ['message_change INDEXED BY message_change_by_target', 'reaction', 'pin']) {
    sql.run(
      `DELETE FROM ${table} WHERE conversation = ?1 AND (target_id, target_account) IN (${those})`,
      conversation,
      JSON.stringify(orders),
    );
  }
  dropWaiting(sql, conversation, rows);
  const named = sql.all(
    `SELECT DISTINCT message_id FROM attachment WHERE conversation = ? AND message_id IN (SELECT value FROM json_each(?))`,
    conversation,
    ids,
  );
  const withFiles = new Set(named.map(({ message_id: id }) => id));
  deleteMessagesAt(sql, conversation, orders);
  for (const { ord, message_id } of rows) {
    const id = message_id as TransactionId;
    if (withFiles.has(id)) {
      // An own one that the log has not come back to yet stands where the server said.
      releaseBlobs(sql, conversation, acceptedAt(sql, conversation, id) ?? (ord as number), 'account');
    }
    changes.expiredMessage(row.conversationId, id);
  }
  tellQuotes(sql, changes, row, rows, nowMs);
  if (withFiles.size > 0) {
    changes.files();
  }
  if (orders.some((order) => order > row.ownRead)) {
    updateConversation(sql, conversation, { unreadCount: countUnread(sql, conversation, row.ownRead) });
  }
  if (row.draftReply !== '' && rows.some((one) => refOfRow(one) === row.draftReply)) {
    updateConversation(sql, conversation, { draftReply: '' });
    tellDraft(sql, row, { text: row.draft, replyTo: '' }, nowMs, nowMs);
  }
}

/** Views show anew what stays and quotes them. */
function tellQuotes(
  sql: Sql,
  changes: Changes,
  { key, conversationId }: ConversationRow,
  rows: readonly Row[],
  nowMs: number,
): void {
  const quotes = sql.all(
    `SELECT message_id FROM message INDEXED BY message_by_reply
     WHERE conversation = ? AND reply_id IN (SELECT value FROM json_each(?)) AND coalesce(expires_at_ms > ?, 1)`,
    key,
    JSON.stringify(rows.map(({ wire_id: id }) => id)),
    nowMs,
  );
  for (const { message_id: id } of quotes) changes.message(conversationId, id as TransactionId);
}

/**
 * What was about to be done to them is not done any more. What is sealed may be at the server already: its ciphertext stays
 * until the log tells, and nothing of what it said.
 */
function dropWaiting(sql: Sql, conversation: ConversationKey, rows: readonly Row[]): void {
  const waiting = sql.all(
    `SELECT position, state, content FROM outbox WHERE conversation = ? AND kind IN ('reaction', 'edit', 'deletion', 'pin')`,
    conversation,
  );
  if (waiting.length === 0) return;
  const gone = new Set(rows.map(refOfRow));
  for (const { position, state, content } of waiting) {
    const change = decodeContent(content as Uint8Array);
    if (!isChange(change) || !gone.has(refKey(change.message))) continue;
    if (state === 'waiting') deleteOutboxItem(sql, position as number);
    else forgetContent(sql, position as number);
  }
}

function refOfRow({ sender_id: accountId, wire_id: transactionId }: Row): string {
  return `${accountId as string}${transactionId as string}`;
}
