/**
 * What a text shows, of what it said at first and everything that was done to it since. Invariant: it follows from these
 * alone, whatever came first (spec/messages.md, "Changes").
 */
import type { AccountId, TransactionId } from '@sotto/protocol';
import { insertAttachments, insertStickerImage, readAttachments } from '../attachments/attachmentTable.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { everyone, type Mention } from '../messages/mentions.ts';
import type { MessageRef } from '../messages/messageRef.ts';
import {
  changeBody,
  type MessageBody,
  type MessageRow,
  type NewMessageRow,
  refOf,
} from '../messages/messageTable.ts';
import {
  decodeParts,
  encodeParts,
  isBlank,
  type TextContent,
  type TextParts,
} from '../messages/textContent.ts';
import type { Sql } from '../ports.ts';
import { type ChangeScene, tellReplies } from './changeScene.ts';
import { decodeVersion, deleterOf, encodeVersion, readEdits, type Version } from './messageChangeTable.ts';

interface FirstText extends TextParts {
  readonly text: string;
  readonly hasFiles: boolean;
}

/** How a text that comes now is stored: maybe it was deleted or edited before it came. */
export function shownText(
  sql: Sql,
  self: AccountId,
  conversation: ConversationKey,
  ref: MessageRef,
  content: TextContent,
): MessageBody & Required<Pick<NewMessageRow, 'replyId'>> {
  const deleter = deleterOf(sql, conversation, ref);
  if (deleter !== null) return { ...deletedBody(deleter), replyId: null };
  const first = { ...content, hasFiles: content.attachments.length > 0 };
  return {
    ...bodyOf(self, first, readEdits(sql, conversation, ref)),
    replyId: content.replyTo?.transactionId ?? null,
  };
}

/** What goes with a text that was just stored: its files, and that whoever quotes it can show it now. */
export function placeParts(
  scene: ChangeScene,
  ref: MessageRef,
  messageId: TransactionId,
  shown: Pick<MessageBody, 'bodyKind'>,
  { attachments, stickerImage }: Pick<TextContent, 'attachments' | 'stickerImage'>,
): void {
  const { sql, row } = scene;
  if (shown.bodyKind === 'text') {
    insertAttachments(sql, row.key, messageId, attachments);
    if (stickerImage !== null) insertStickerImage(sql, row.key, messageId, stickerImage);
  }
  tellReplies(scene, ref);
}

export function deletedBody(deleter: AccountId): MessageBody {
  return {
    bodyKind: 'deleted',
    detail: deleter,
    extras: null,
    original: null,
    editedAtMs: null,
    mentionsSelf: false,
  };
}

/** Edits of a text that is here have changed. */
export function showEdits(sql: Sql, self: AccountId, conversation: ConversationKey, row: MessageRow): void {
  if (row.bodyKind !== 'text') return;
  changeBody(
    sql,
    conversation,
    row.order,
    bodyOf(self, firstText(sql, conversation, row), readEdits(sql, conversation, refOf(row))),
  );
}

/** The texts that a message had, the first first. */
export function versionsOf(sql: Sql, conversation: ConversationKey, row: MessageRow): Version[] {
  if (row.bodyKind !== 'text') return [];
  const first = firstText(sql, conversation, row);
  const { text, mentions } = first;
  const edits = readEdits(sql, conversation, refOf(row));
  return [{ text, mentions, atMs: row.sentAtMs }, ...edits.filter((edit) => isFit(first, edit))];
}

function firstText(sql: Sql, conversation: ConversationKey, row: MessageRow): FirstText {
  const hasFiles = readAttachments(sql, conversation, row.messageId).length > 0;
  const now = decodeParts(row.detail, row.extras);
  if (row.original === null) return { ...now, text: row.detail, hasFiles };
  return { ...now, ...decodeVersion(row.original), hasFiles };
}

function bodyOf(self: AccountId, first: FirstText, edits: readonly Version[]): MessageBody {
  const edit = edits.findLast((one) => isFit(first, one));
  const { text, mentions } = edit ?? first;
  return {
    bodyKind: 'text',
    detail: text,
    extras: encodeParts({ ...first, mentions }),
    original: edit === undefined ? null : encodeVersion(first),
    editedAtMs: edit?.atMs ?? null,
    mentionsSelf: isMentioned(self, mentions),
  };
}

/** A text is not edited away: for that there are deletions. Stickers stay as they are. */
function isFit({ hasFiles, sticker }: FirstText, { text }: Version): boolean {
  return sticker === null && (hasFiles || !isBlank(text));
}

function isMentioned(self: AccountId, mentions: readonly Mention[]): boolean {
  return mentions.some(({ accountId }) => accountId === self || accountId === everyone);
}
