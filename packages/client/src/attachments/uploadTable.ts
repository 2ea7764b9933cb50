/** Files on their way to the server (states: attachmentMigration.ts). */
import type { TransactionId } from '@sotto/protocol';
import type { AttachmentFault } from '../apiMedia.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Row, Sql } from '../ports.ts';

export interface Upload {
  readonly number: number;
  readonly conversation: ConversationKey;
  readonly messageId: TransactionId;
  readonly position: number;
  readonly state: 'sealing' | 'staged' | 'uploaded';
  /** Local file with the ciphertext. */
  readonly file: string;
  readonly sealedSizeBytes: number;
  readonly ticket: Uint8Array | null;
  readonly paused: boolean;
  readonly fault: AttachmentFault | null;
}

function fromRow(row: Row): Upload {
  return {
    number: row.number as number,
    conversation: row.conversation as ConversationKey,
    messageId: row.message_id as TransactionId,
    position: row.position as number,
    state: row.state as Upload['state'],
    file: row.file as string,
    sealedSizeBytes: row.sealed_size as number,
    ticket: row.ticket instanceof Uint8Array ? row.ticket : null,
    paused: row.paused === 1,
    fault: row.fault as AttachmentFault | null,
  };
}

export type NewUpload = Pick<
  Upload,
  'conversation' | 'messageId' | 'position' | 'state' | 'file' | 'sealedSizeBytes'
>;

export function insertUpload(sql: Sql, upload: NewUpload): void {
  sql.run(
    `INSERT OR REPLACE INTO upload (conversation, message_id, position, state, file, sealed_size)
     VALUES (?, ?, ?, ?, ?, ?)`,
    upload.conversation,
    upload.messageId,
    upload.position,
    upload.state,
    upload.file,
    upload.sealedSizeBytes,
  );
}

export function findUpload(
  sql: Sql,
  conversation: ConversationKey,
  messageId: TransactionId,
  position: number,
): Upload | null {
  const row = sql.get(
    'SELECT * FROM upload WHERE conversation = ? AND message_id = ? AND position = ?',
    conversation,
    messageId,
    position,
  );
  return row === undefined ? null : fromRow(row);
}

export function readUploads(sql: Sql, conversation: ConversationKey, messageId: TransactionId): Upload[] {
  return sql
    .all(
      'SELECT * FROM upload WHERE conversation = ? AND message_id = ? ORDER BY position',
      conversation,
      messageId,
    )
    .map(fromRow);
}

/** Those that can go on, in the order in which they were added. */
export function readyUploads(sql: Sql): Upload[] {
  return sql
    .all(`SELECT * FROM upload WHERE state = 'staged' AND paused = 0 AND fault IS NULL ORDER BY number`)
    .map(fromRow);
}

export function findUploadByNumber(sql: Sql, number: number): Upload | null {
  const row = sql.get('SELECT * FROM upload WHERE number = ?', number);
  return row === undefined ? null : fromRow(row);
}

export function updateUpload(
  sql: Sql,
  number: number,
  change: Partial<Pick<Upload, 'state' | 'file' | 'ticket' | 'paused' | 'fault'>>,
): void {
  const upload = findUploadByNumber(sql, number);
  if (upload === null) return;
  const { state, file, ticket, paused, fault } = { ...upload, ...change };
  sql.run(
    'UPDATE upload SET state = ?, file = ?, ticket = ?, paused = ?, fault = ? WHERE number = ?',
    state,
    file,
    ticket,
    paused ? 1 : 0,
    fault,
    number,
  );
}

/** Sealing ended with the process, and what was to be sealed is gone. */
export function failSealing(sql: Sql): void {
  sql.run(`UPDATE upload SET fault = 'sourceGone' WHERE state = 'sealing' AND fault IS NULL`);
}

/** Messages that have left need them no longer. */
export function deleteFinishedUploads(sql: Sql): void {
  sql.run(
    `DELETE FROM upload WHERE state = 'uploaded' AND NOT EXISTS
       (SELECT 1 FROM outbox WHERE outbox.conversation = upload.conversation
          AND outbox.transaction_id = upload.message_id AND outbox.state <> 'accepted')
       AND NOT EXISTS (SELECT 1 FROM message WHERE message.conversation = upload.conversation
          AND message.message_id = upload.message_id AND message.state IN ('waiting', 'failed'))`,
  );
}

/** SQL: an item of the outbox waits for its files. */
export const waitsForUploads = `EXISTS (SELECT 1 FROM upload WHERE upload.conversation = outbox.conversation
  AND upload.message_id = outbox.transaction_id AND upload.state <> 'uploaded')`;
