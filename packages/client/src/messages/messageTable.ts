import type { AccountId, DeviceId, TransactionId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Row, Sql } from '../ports.ts';
import { findTexts, forgetText, indexText, type SearchPlace } from '../search/searchTable.ts';
import { deleteMessagesAt } from './deleteMessagesAt.ts';
import type { MessageRef } from './messageRef.ts';

type StoredBodyKind = 'text' | 'deleted' | 'notice' | 'unreadable' | 'call' | 'groupCall';
export type StoredMessageState = 'waiting' | 'sent' | 'failed' | 'received';

export interface NewMessageRow {
  /** The log's `seq`, or `waitingOrderBase` + place in the outbox. Unique in its conversation. */
  readonly order: number;
  readonly messageId: TransactionId;
  readonly senderId: AccountId;
  readonly senderDevice: DeviceId;
  readonly sentAtMs: number;
  readonly state: StoredMessageState;
  readonly bodyKind: StoredBodyKind;
  /** The text as it is now, the account that deleted it, the notice's kind, the reason, or how a call went (JSON). */
  readonly detail: string;
  /** The id that its sender chose; left out: `messageId`. */
  readonly wireId?: TransactionId;
  /** Of texts (textContent.ts, `encodeParts`), as they are now. */
  readonly extras?: Uint8Array | null;
  /** What it answers, as its sender calls it. */
  readonly replyId?: TransactionId | null;
  /** Of edited texts: as it was at first (messageChanges/versions.ts). */
  readonly original?: Uint8Array | null;
  readonly editedAtMs?: number | null;
  readonly mentionsSelf?: boolean;
  /** After how long it disappears; 0: it stays. */
  readonly timerSeconds?: number;
  /** When it disappears, by the server's time; null: its clock has not started, or it stays. */
  readonly expiresAtMs?: number | null;
}
export type MessageRow = Required<NewMessageRow>;

/** Whether somebody wrote it, be it deleted by now. */
export function isSaid({ bodyKind }: Pick<MessageRow, 'bodyKind'>): boolean {
  return bodyKind === 'text' || bodyKind === 'deleted';
}

/** Its time is over, by the server's, whether it was deleted yet or not. */
export function hasExpired({ expiresAtMs }: Pick<MessageRow, 'expiresAtMs'>, serverNowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= serverNowMs;
}

/** How others name it. */
export function refOf({ senderId, wireId }: Pick<MessageRow, 'senderId' | 'wireId'>): MessageRef {
  return { accountId: senderId, transactionId: wireId };
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
    wireId: (row.wire_id ?? row.message_id) as TransactionId,
    extras: row.extras as Uint8Array | null,
    replyId: row.reply_id as TransactionId | null,
    original: row.original as Uint8Array | null,
    editedAtMs: row.edited_at_ms as number | null,
    mentionsSelf: row.mentions_self === 1,
    timerSeconds: row.timer_seconds as number,
    expiresAtMs: row.expires_at_ms as number | null,
  };
}

export function insertMessage(sql: Sql, conversation: ConversationKey, message: NewMessageRow): void {
  const timerSeconds = message.timerSeconds ?? 0;
  const place = isIndexed(message.bodyKind, timerSeconds)
    ? indexText(sql, conversation, message.detail, message.sentAtMs)
    : null;
  sql.run(
    `INSERT INTO message
       (conversation, ord, message_id, sender_id, sender_device, sent_at_ms, state, body_kind, detail, search_place,
        wire_id, extras, reply_id, original, edited_at_ms, mentions_self, timer_seconds, expires_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
    message.wireId === undefined || message.wireId === message.messageId ? null : message.wireId,
    message.extras ?? null,
    message.replyId ?? null,
    message.original ?? null,
    message.editedAtMs ?? null,
    Number(message.mentionsSelf ?? false),
    timerSeconds,
    message.expiresAtMs ?? null,
  );
}

/** What disappears is not looked for: an index would be one more place that it has to go from. */
function isIndexed(bodyKind: StoredBodyKind, timerSeconds: number): boolean {
  return bodyKind === 'text' && timerSeconds === 0;
}

/** A message that has not left is to disappear after this time, once it is sent; the index goes with it. */
export function setTimer(
  sql: Sql,
  conversation: ConversationKey,
  id: TransactionId,
  timerSeconds: number,
): void {
  const row = sql.get('SELECT * FROM message WHERE conversation = ? AND message_id = ?', conversation, id);
  if (row === undefined || row.timer_seconds === timerSeconds) return;
  const { detail, sentAtMs, bodyKind } = fromRow(row);
  if (row.search_place !== null) forgetText(sql, conversation, row.search_place as SearchPlace, detail);
  const place = isIndexed(bodyKind, timerSeconds) ? indexText(sql, conversation, detail, sentAtMs) : null;
  sql.run(
    'UPDATE message SET timer_seconds = ?, search_place = ? WHERE conversation = ? AND message_id = ?',
    timerSeconds,
    place,
    conversation,
    id,
  );
}

/** Messages that others name so: one, unless their account used the id twice. */
export function messagesByRef(sql: Sql, conversation: ConversationKey, ref: MessageRef): MessageRow[] {
  return sql
    .all(
      `SELECT * FROM message WHERE conversation = ?1 AND sender_id = ?2 AND body_kind IN ('text', 'deleted') AND ord IN (
         SELECT ord FROM message WHERE conversation = ?1 AND message_id = ?3 AND wire_id IS NULL
         UNION ALL SELECT ord FROM message WHERE conversation = ?1 AND wire_id = ?3) ORDER BY ord`,
      conversation,
      ref.accountId,
      ref.transactionId,
    )
    .map(fromRow);
}

/** Messages that somebody wrote and that their senders call so. */
export function messagesByIds(
  sql: Sql,
  conversation: ConversationKey,
  ids: readonly TransactionId[],
): MessageRow[] {
  return sql
    .all(
      `SELECT * FROM message WHERE conversation = ?1 AND body_kind IN ('text', 'deleted') AND ord IN (
         SELECT ord FROM message WHERE conversation = ?1 AND message_id IN (SELECT value FROM json_each(?2))
         UNION ALL SELECT ord FROM message
           WHERE conversation = ?1 AND wire_id IN (SELECT value FROM json_each(?2))) ORDER BY ord`,
      conversation,
      JSON.stringify(ids),
    )
    .map(fromRow);
}

/** What a message says now, of one that is here. */
export type MessageBody = Required<
  Pick<NewMessageRow, 'bodyKind' | 'detail' | 'extras' | 'original' | 'editedAtMs' | 'mentionsSelf'>
>;

/** Another text in the place of what a message said, or none; the index goes with it. */
export function changeBody(sql: Sql, conversation: ConversationKey, order: number, body: MessageBody): void {
  const row = sql.get('SELECT * FROM message WHERE conversation = ? AND ord = ?', conversation, order);
  if (row === undefined) return;
  if (row.search_place !== null) {
    forgetText(sql, conversation, row.search_place as SearchPlace, row.detail as string);
  }
  const place = isIndexed(body.bodyKind, row.timer_seconds as number)
    ? indexText(sql, conversation, body.detail, row.sent_at_ms as number)
    : null;
  sql.run(
    `UPDATE message SET body_kind = ?, detail = ?, search_place = ?, extras = ?, original = ?, edited_at_ms = ?,
       mentions_self = ? WHERE conversation = ? AND ord = ?`,
    body.bodyKind,
    body.detail,
    place,
    body.extras,
    body.original,
    body.editedAtMs,
    Number(body.mentionsSelf),
    conversation,
    order,
  );
}

/** The latest messages, at most `limit`, that answer one which others call `id`. */
export function readReplies(
  sql: Sql,
  conversation: ConversationKey,
  id: TransactionId,
  limit: number,
): TransactionId[] {
  return sql
    .all(
      'SELECT message_id FROM message WHERE conversation = ? AND reply_id = ? ORDER BY ord DESC LIMIT ?',
      conversation,
      id,
      limit,
    )
    .map((row) => row.message_id as TransactionId);
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

/** When a message that has not left is to be sent. */
export function setSentAt(
  sql: Sql,
  conversation: ConversationKey,
  id: TransactionId,
  sentAtMs: number,
): void {
  sql.run(
    "UPDATE message SET sent_at_ms = ? WHERE conversation = ? AND message_id = ? AND state IN ('waiting', 'failed')",
    sentAtMs,
    conversation,
    id,
  );
}

export function deleteMessage(sql: Sql, conversation: ConversationKey, id: TransactionId): void {
  const row = sql.get('SELECT ord FROM message WHERE conversation = ? AND message_id = ?', conversation, id);
  if (row !== undefined) deleteMessagesAt(sql, conversation, [row.ord as number]);
}

/** The newest `limit` messages below `before`, newest first, but for those that have disappeared by `shownAtMs`. */
export function readMessagesBefore(
  sql: Sql,
  conversation: ConversationKey,
  before: number,
  limit: number,
  shownAtMs = 0,
): MessageRow[] {
  return sql
    .all(
      `SELECT * FROM message WHERE conversation = ? AND ord < ? AND coalesce(expires_at_ms > ?, 1)
       ORDER BY ord DESC LIMIT ?`,
      conversation,
      before,
      shownAtMs,
      limit,
    )
    .map(fromRow);
}

/** The oldest `limit` messages above `after`, oldest first; as above. */
export function readMessagesAfter(
  sql: Sql,
  conversation: ConversationKey,
  after: number,
  limit: number,
  shownAtMs = 0,
): MessageRow[] {
  return sql
    .all(
      `SELECT * FROM message WHERE conversation = ? AND ord > ? AND coalesce(expires_at_ms > ?, 1)
       ORDER BY ord LIMIT ?`,
      conversation,
      after,
      shownAtMs,
      limit,
    )
    .map(fromRow);
}

/** The oldest `limit` messages above `after` that do not disappear, oldest first. */
export function readLastingAfter(
  sql: Sql,
  conversation: ConversationKey,
  after: number,
  limit: number,
): MessageRow[] {
  return sql
    .all(
      'SELECT * FROM message WHERE conversation = ? AND ord > ? AND timer_seconds = 0 ORDER BY ord LIMIT ?',
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

/** What is to be sent at a time after `nowMs` is not the last thing said, and what has disappeared is none. */
export function newestMessage(
  sql: Sql,
  conversation: ConversationKey,
  nowMs: number,
  serverNowMs: number,
): MessageRow | null {
  const row = sql.get(
    `SELECT * FROM message WHERE conversation = ?1 AND message_id NOT IN (
       SELECT transaction_id FROM outbox WHERE conversation = ?1 AND state = 'waiting' AND not_before_ms > ?2)
       AND coalesce(expires_at_ms > ?3, 1)
     ORDER BY ord DESC LIMIT 1`,
    conversation,
    nowMs,
    serverNowMs,
  );
  return row === undefined ? null : fromRow(row);
}

/** Whether the list has something to show: a message, or that texts are not for this device. */
export function hasListedMessage(sql: Sql, conversation: ConversationKey): boolean {
  return (
    sql.get(
      `SELECT 1 FROM message
       WHERE conversation = ? AND (body_kind IN ('text', 'deleted', 'call', 'groupCall') OR (body_kind = 'notice' AND detail = 'historyGap')) LIMIT 1`,
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

/** Texts of others above `order`, and calls of theirs that were missed. */
export function countUnread(sql: Sql, conversation: ConversationKey, order: number): number {
  const row = sql.get(
    `SELECT count(*) AS n FROM message WHERE conversation = ? AND ord > ? AND state = 'received'
       AND (body_kind = 'text' OR (body_kind IN ('call', 'groupCall') AND json_extract(detail, '$.isMissed')))`,
    conversation,
    order,
  );
  return row?.n as number;
}

/** Order of the newest message of others at or below `order`; 0 where there is none. */
export function newestReceivedUpTo(sql: Sql, conversation: ConversationKey, order: number): number {
  const row = sql.get(
    `SELECT ord FROM message WHERE conversation = ? AND ord <= ? AND state = 'received'
       AND body_kind IN ('text', 'deleted', 'call', 'groupCall') ORDER BY ord DESC LIMIT 1`,
    conversation,
    order,
  );
  return (row?.ord as number | undefined) ?? 0;
}
