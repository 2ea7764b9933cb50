import type { AccountId, DeviceId, TransactionId } from '@sotto/protocol';
import { waitingOrderBase } from '../api.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Row, Sql } from '../ports.ts';
import { findTexts, forgetText, indexText, type SearchPlace } from '../search/searchTable.ts';

type StoredBodyKind = 'text' | 'notice' | 'unreadable';
export type StoredMessageState = 'waiting' | 'sent' | 'failed' | 'received';

export interface MessageRow {
  /** The log's `seq`, or `waitingOrderBase` + place in the outbox. Unique in its conversation. */
  readonly order: number;
  readonly messageId: TransactionId;
  readonly senderId: AccountId;
  readonly senderDevice: DeviceId;
  readonly sentAtMs: number;
  readonly state: StoredMessageState;
  readonly bodyKind: StoredBodyKind;
  /** The text, the notice's kind, or the reason. */
  readonly detail: string;
}

/** A message whose text was found, with its place in the index. */
export interface FoundMessage extends MessageRow {
  readonly conversation: ConversationKey;
  readonly place: SearchPlace;
}

function fromRow(row: Row): MessageRow {
  return {
    order: row.ord as number,
    messageId: row.message_id as TransactionId,
    senderId: row.sender_id as AccountId,
    senderDevice: row.sender_device as DeviceId,
    sentAtMs: row.sent_at_ms as number,
    state: row.state as StoredMessageState,
    bodyKind: row.body_kind as StoredBodyKind,
    detail: row.detail as string,
  };
}

export function insertMessage(sql: Sql, conversation: ConversationKey, message: MessageRow): void {
  const place =
    message.bodyKind === 'text' ? indexText(sql, conversation, message.detail, message.sentAtMs) : null;
  sql.run(
    `INSERT INTO message
       (conversation, ord, message_id, sender_id, sender_device, sent_at_ms, state, body_kind, detail, search_place)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    conversation,
    message.order,
    message.messageId,
    message.senderId,
    message.senderDevice,
    message.sentAtMs,
    message.state,
    message.bodyKind,
    message.detail,
    place,
  );
}

export function findMessage(sql: Sql, conversation: ConversationKey, id: TransactionId): MessageRow | null {
  const row = sql.get('SELECT * FROM message WHERE conversation = ? AND message_id = ?', conversation, id);
  return row === undefined ? null : fromRow(row);
}

export function findMessageAt(sql: Sql, conversation: ConversationKey, order: number): MessageRow | null {
  const row = sql.get('SELECT * FROM message WHERE conversation = ? AND ord = ?', conversation, order);
  return row === undefined ? null : fromRow(row);
}

export function hasMessageAt(sql: Sql, conversation: ConversationKey, order: number): boolean {
  return (
    sql.get('SELECT 1 FROM message WHERE conversation = ? AND ord = ?', conversation, order) !== undefined
  );
}

export function moveMessage(
  sql: Sql,
  conversation: ConversationKey,
  id: TransactionId,
  to: { readonly order: number; readonly state: StoredMessageState },
): void {
  sql.run(
    'UPDATE message SET ord = ?, state = ? WHERE conversation = ? AND message_id = ?',
    to.order,
    to.state,
    conversation,
    id,
  );
}

export function deleteMessage(sql: Sql, conversation: ConversationKey, id: TransactionId): void {
  const row = sql.get('SELECT * FROM message WHERE conversation = ? AND message_id = ?', conversation, id);
  if (row === undefined) return;
  if (row.search_place !== null) {
    forgetText(sql, conversation, row.search_place as SearchPlace, row.detail as string);
  }
  sql.run('DELETE FROM message WHERE conversation = ? AND message_id = ?', conversation, id);
}

/** The newest `limit` messages below `before`, newest first. */
export function readMessagesBefore(
  sql: Sql,
  conversation: ConversationKey,
  before: number,
  limit: number,
): MessageRow[] {
  return sql
    .all(
      'SELECT * FROM message WHERE conversation = ? AND ord < ? ORDER BY ord DESC LIMIT ?',
      conversation,
      before,
      limit,
    )
    .map(fromRow);
}

/** The oldest `limit` messages above `after`, oldest first. */
export function readMessagesAfter(
  sql: Sql,
  conversation: ConversationKey,
  after: number,
  limit: number,
): MessageRow[] {
  return sql
    .all(
      'SELECT * FROM message WHERE conversation = ? AND ord > ? ORDER BY ord LIMIT ?',
      conversation,
      after,
      limit,
    )
    .map(fromRow);
}

/** Messages whose texts meet an FTS5 expression, at places below `before`, the newest first. */
export function searchMessages(
  sql: Sql,
  expression: string,
  wanted: { readonly conversation: ConversationKey | null; readonly before: number; readonly limit: number },
): FoundMessage[] {
  return findTexts(sql, expression, wanted).map((row) => ({
    ...fromRow(row),
    conversation: row.conversation as ConversationKey,
    place: row.search_place as SearchPlace,
  }));
}

export function newestMessage(sql: Sql, conversation: ConversationKey): MessageRow | null {
  return readMessagesBefore(sql, conversation, Number.MAX_SAFE_INTEGER, 1)[0] ?? null;
}

/** How many messages there are, on the server's log and waiting, and the newest order of the former. */
export function countMessages(
  sql: Sql,
  conversation: ConversationKey,
): { readonly accepted: number; readonly waiting: number; readonly newestAccepted: number } {
  const row = sql.get(
    `SELECT count(*) FILTER (WHERE ord < ?2) AS accepted, count(*) FILTER (WHERE ord >= ?2) AS waiting,
       coalesce(max(ord) FILTER (WHERE ord < ?2), 0) AS newest FROM message WHERE conversation = ?1`,
    conversation,
    waitingOrderBase,
  );
  return {
    accepted: row?.accepted as number,
    waiting: row?.waiting as number,
    newestAccepted: row?.newest as number,
  };
}

/** Whether the list has something to show: a text, or that texts are not for this device. */
export function hasListedMessage(sql: Sql, conversation: ConversationKey): boolean {
  return (
    sql.get(
      `SELECT 1 FROM message
       WHERE conversation = ? AND (body_kind = 'text' OR (body_kind = 'notice' AND detail = 'historyGap')) LIMIT 1`,
      conversation,
    ) !== undefined
  );
}

/** Order of the newest notice of this kind; null where there is none. */
export function newestNoticeOrder(sql: Sql, conversation: ConversationKey, kind: string): number | null {
  const row = sql.get(
    `SELECT ord FROM message WHERE conversation = ? AND body_kind = 'notice' AND detail = ?
     ORDER BY ord DESC LIMIT 1`,
    conversation,
    kind,
  );
  return (row?.ord as number | undefined) ?? null;
}

/** Texts of others above `order`. */
export function countUnread(sql: Sql, conversation: ConversationKey, order: number): number {
  const row = sql.get(
    `SELECT count(*) AS n FROM message
     WHERE conversation = ? AND ord > ? AND state = 'received' AND body_kind = 'text'`,
    conversation,
    order,
  );
  return row?.n as number;
}

/** Order of the newest text of others at or below `order`; 0 where there is none. */
export function newestReceivedUpTo(sql: Sql, conversation: ConversationKey, order: number): number {
  const row = sql.get(
    `SELECT ord FROM message
     WHERE conversation = ? AND ord <= ? AND state = 'received' AND body_kind = 'text' ORDER BY ord DESC LIMIT 1`,
    conversation,
    order,
  );
  return (row?.ord as number | undefined) ?? 0;
}
