import type { ConversationKey } from '../conversations/conversationTable.ts';
import { type MessageRow, messagesByRef } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import { latestPins } from './messageChangeTable.ts';

/** Pinned messages that are here, the latest pin first. */
export function pinnedMessages(sql: Sql, conversation: ConversationKey, limit: number): MessageRow[] {
  return latestPins(sql, conversation, limit).flatMap((ref) =>
    messagesByRef(sql, conversation, ref).slice(0, 1),
  );
}
