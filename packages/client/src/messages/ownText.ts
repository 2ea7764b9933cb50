import { readAttachments, readStickerImage } from '../attachments/attachmentTable.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';
import type { MessageRow } from './messageTable.ts';
import { decodeParts, type TextContent } from './textContent.ts';

/** All that a text here says, with its files: as it is sent, or forwarded. */
export function wholeText(sql: Sql, conversation: ConversationKey, row: MessageRow): TextContent {
  return {
    ...decodeParts(row.detail, row.extras),
    text: row.detail,
    attachments: readAttachments(sql, conversation, row.messageId).map(({ content }) => content),
    stickerImage: readStickerImage(sql, conversation, row.messageId)?.content ?? null,
  };
}
