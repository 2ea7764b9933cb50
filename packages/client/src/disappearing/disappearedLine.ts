/** The line that says that messages were gone before this device had them: one for all that follow one another. */
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { type MessageRow, readMessagesAfter, readMessagesBefore } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';

/** Whether what is stored right above or below this place is the line already. */
export function isNextToDisappeared(sql: Sql, conversation: ConversationKey, order: number): boolean {
  const [above] = readMessagesAfter(sql, conversation, order, 1);
  const [below] = readMessagesBefore(sql, conversation, order, 1);
  return isDisappearedLine(above) || isDisappearedLine(below);
}

export function isDisappearedLine(message: MessageRow | null | undefined): boolean {
  return message?.bodyKind === 'notice' && message.detail === 'disappeared';
}
