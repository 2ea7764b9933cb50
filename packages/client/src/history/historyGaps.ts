/**
 * What the thread says of messages that were sent while history was off, and this device not there (spec/history.md,
 * "History off"): one notice in the place of all of them between what it can show.
 */
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { type MessageRow, readMessagesAfter, readMessagesBefore } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import type { HistoryEffect } from './openEntries.ts';

/** Of gaps that follow each other the newest only. `effects` ascend. */
export function withoutRepeatedGaps(effects: readonly HistoryEffect[]): HistoryEffect[] {
  return effects.filter(({ kind }, at) => kind !== 'gap' || effects[at + 1]?.kind !== 'gap');
}

/** Whether what is stored right above or below this place is the notice already. */
export function isNextToGap(sql: Sql, conversation: ConversationKey, order: number): boolean {
  const [above] = readMessagesAfter(sql, conversation, order, 1);
  const [below] = readMessagesBefore(sql, conversation, order, 1);
  return isGap(above) || isGap(below);
}

function isGap(message: MessageRow | undefined): boolean {
  return message?.bodyKind === 'notice' && message.detail === 'historyGap';
}
