/**
 * What messages on this device name of files. Whoever stores a message stores its attachments in the same transaction
 * (`insertAttachments`), and whoever deletes it, or what it says, deletes them (`deleteAttachments`); files that nothing names
 * any more are removed after that (localBlobs.ts).
 */
import { toBinary } from '@bufbuild/protobuf';
import { AttachmentSchema, type ConversationId, type TransactionId } from '@sotto/protocol';
import { stickerIndex, type ViewsView } from '../apiMedia.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Row, Sql } from '../ports.ts';
import { type AttachmentContent, decodeAttachment, encodeAttachment } from './attachmentContent.ts';

export interface StoredAttachment {
  readonly conversation: ConversationKey;
  readonly messageId: TransactionId;
  readonly position: number;
  readonly content: AttachmentContent;
  /** Null: it can be looked at as often as wanted. */
  readonly viewState: ViewsView['state'] | null;
}

function fromRow(row: Row): StoredAttachment | null {
  const encoded = decodeMessage(AttachmentSchema, row.content as Uint8Array);
  const content = encoded === null ? null : decodeAttachment(encoded, true);
  if (content === null) return null;
  return {
    conversation: row.conversation as ConversationKey,
    messageId: row.message_id as TransactionId,
    position: row.position as number,
    content,
    viewState: row.view_state as StoredAttachment['viewState'],
  };
}

export function insertAttachments(
  sql: Sql,
  conversation: ConversationKey,
  messageId: TransactionId,
  contents: readonly AttachmentContent[],
): void {
  for (const [position, content] of contents.entries()) {
    insertAttachmentAt(sql, conversation, messageId, position, content, content.kind);
  }
}

/** The picture of a sticker: an attachment that is no file of its own to anybody. */
export function insertStickerImage(
  sql: Sql,
  conversation: ConversationKey,
  messageId: TransactionId,
  content: AttachmentContent,
): void {
  insertAttachmentAt(sql, conversation, messageId, stickerIndex, content, 'sticker');
}

function insertAttachmentAt(
  sql: Sql,
  conversation: ConversationKey,
  messageId: TransactionId,
  position: number,
  content: AttachmentContent,
  kind: AttachmentContent['kind'] | 'sticker',
): void {
  sql.run(
    `INSERT OR REPLACE INTO attachment (conversation, message_id, position, kind, blob_id, content, view_state)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    conversation,
    messageId,
    position,
    kind,
    content.blobId,
    toBinary(AttachmentSchema, encodeAttachment(content)),
    content.views > 0 ? 'closed' : null,
  );
}

export function deleteAttachments(
  sql: Sql,
  conversation: ConversationKey,
  messageIds: readonly TransactionId[],
): void {
  for (const table of ['upload', 'attachment', 'attachment_view', 'view_recipient']) {
    sql.run(
      `DELETE FROM ${table} WHERE conversation = ? AND message_id IN (SELECT value FROM json_each(?))`,
      conversation,
      JSON.stringify(messageIds),
    );
  }
}

/** By their places; the picture of a sticker is left out. */
export function readAttachments(
  sql: Sql,
  conversation: ConversationKey,
  messageId: TransactionId,
): StoredAttachment[] {
  return sql
    .all(
      `SELECT * FROM attachment WHERE conversation = ? AND message_id = ? AND position < ? ORDER BY position`,
      conversation,
      messageId,
      stickerIndex,
    )
    .flatMap((row) => fromRow(row) ?? []);
}

/** Of several messages; each message's by their places. */
export function attachmentsOf(
  sql: Sql,
  conversation: ConversationKey,
  messageIds: readonly TransactionId[],
): StoredAttachment[] {
  return sql
    .all(
      `SELECT * FROM attachment WHERE conversation = ? AND message_id IN (SELECT value FROM json_each(?))
         AND position < ? ORDER BY message_id, position`,
      conversation,
      JSON.stringify(messageIds),
      stickerIndex,
    )
    .flatMap((row) => fromRow(row) ?? []);
}

/** The picture of a sticker of a pack; null where there is none. */
export function readStickerImage(
  sql: Sql,
  conversation: ConversationKey,
  messageId: TransactionId,
): StoredAttachment | null {
  return findAttachment(sql, conversation, messageId, stickerIndex);
}

/** The same of several messages. */
export function stickerImagesOf(
  sql: Sql,
  conversation: ConversationKey,
  messageIds: readonly TransactionId[],
): StoredAttachment[] {
  return sql
    .all(
      `SELECT * FROM attachment WHERE conversation = ? AND message_id IN (SELECT value FROM json_each(?))
         AND position = ?`,
      conversation,
      JSON.stringify(messageIds),
      stickerIndex,
    )
    .flatMap((row) => fromRow(row) ?? []);
}

export function findAttachment(
  sql: Sql,
  conversation: ConversationKey,
  messageId: TransactionId,
  position: number,
): StoredAttachment | null {
  const row = sql.get(
    'SELECT * FROM attachment WHERE conversation = ? AND message_id = ? AND position = ?',
    conversation,
    messageId,
    position,
  );
  return row === undefined ? null : fromRow(row);
}

/** Changes what is stored of one that is there. */
export function updateAttachment(sql: Sql, attachment: StoredAttachment): void {
  const { conversation, messageId, position, content, viewState } = attachment;
  sql.run(
    `UPDATE attachment SET blob_id = ?, content = ?, view_state = ?
     WHERE conversation = ? AND message_id = ? AND position = ?`,
    content.blobId,
    toBinary(AttachmentSchema, encodeAttachment(content)),
    viewState,
    conversation,
    messageId,
    position,
  );
}

/** One of those that name the blob and can open it. */
export function attachmentOfBlob(sql: Sql, blobId: string): StoredAttachment | null {
  const row = sql.get(
    `SELECT * FROM attachment WHERE blob_id = ? ORDER BY coalesce(view_state, '') LIMIT 1`,
    blobId,
  );
  return row === undefined ? null : fromRow(row);
}

/** Messages that name the blob, for who watches them. */
export function messagesOfBlob(
  sql: Sql,
  blobId: string,
): { readonly conversationId: ConversationId; readonly messageId: TransactionId }[] {
  return sql
    .all(
      `SELECT c.conversation_id, a.message_id FROM attachment a JOIN conversation c ON c.key = a.conversation
       WHERE a.blob_id = ?`,
      blobId,
    )
    .map((row) => ({
      conversationId: row.conversation_id as ConversationId,
      messageId: row.message_id as TransactionId,
    }));
}

/** Whether others sent what can be looked at so many times, and this account still can, as far as this device knows. */
export function hasViewsLeft(sql: Sql, conversation: ConversationKey): boolean {
  return (
    sql.get(
      `SELECT 1 FROM attachment JOIN message USING (conversation, message_id)
       WHERE conversation = ? AND view_state IN ('closed', 'open') AND state = 'received' LIMIT 1`,
      conversation,
    ) !== undefined
  );
}

/** Whether a message was sent with something that can be looked at so many times, be they over by now. */
export function isViewLimited(sql: Sql, conversation: ConversationKey, messageId: TransactionId): boolean {
  return (
    sql.get(
      'SELECT 1 FROM attachment WHERE conversation = ? AND message_id = ? AND view_state IS NOT NULL LIMIT 1',
      conversation,
      messageId,
    ) !== undefined
  );
}

/** Limited attachments that were open when the device ended. */
export function openAttachments(sql: Sql): StoredAttachment[] {
  return sql.all(`SELECT * FROM attachment WHERE view_state = 'open'`).flatMap((row) => fromRow(row) ?? []);
}

/** How many files messages name that do not disappear, in one conversation or in all (null). */
export function countAttachments(sql: Sql, conversationId: ConversationId | null): number {
  const row = sql.get(
    `SELECT count(*) AS files FROM attachment a JOIN conversation c ON c.key = a.conversation
       JOIN message m ON m.conversation = a.conversation AND m.message_id = a.message_id
     WHERE (?1 IS NULL OR c.conversation_id = ?1) AND a.position < ?2 AND m.timer_seconds = 0`,
    conversationId,
    stickerIndex,
  );
  return Number(row?.files ?? 0);
}

/** What the entry of a message names beside its body: blobs that the server is to hold as long as it. */
export function readBlobIds(
  sql: Sql,
  conversation: ConversationKey,
  messageId: TransactionId,
): Uint8Array<ArrayBuffer>[] {
  return sql
    .all(
      `SELECT DISTINCT blob_id FROM attachment
       WHERE conversation = ? AND message_id = ? AND blob_id IS NOT NULL ORDER BY blob_id`,
      conversation,
      messageId,
    )
    .map(({ blob_id }) => Uint8Array.fromHex(blob_id as string));
}
