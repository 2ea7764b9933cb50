/**
 * What the thread says of messages that were sent while history was off, and this device not there (spec/history.md,
 * "History off"): one notice in the place of all of them between what it can show.
 */
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { type MessageRow, readMessagesAfter, readMessagesBefore } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import type { HistoryEffect } from './openEntries.ts';
import { spanBelow } from './spanTable.ts';

/** Of gaps that follow each other the newest only, and none of what is here already. `effects` ascend. */
export function withStatedGaps(
  sql: Sql,
  conversation: ConversationKey,
  effects: readonly HistoryEffect[],
): HistoryEffect[] {
  return effects
    .filter(({ kind, entry }) => kind !== 'gap' || !isHere(sql, conversation, entry.seq))
    .filter(({ kind }, at, rest) => kind !== 'gap' || rest[at + 1]?.kind !== 'gap');
}

function isHere(sql: Sql, conversation: ConversationKey, seq: number): boolean {
  return (spanBelow(sql, conversation, seq + 1)?.toSeq ?? 0) >= seq;
}

/** Whether what is stored right above or below this place is the notice already. */
export function isNextToGap(sql: Sql, conversation: ConversationKey, order: number): boolean {
  const [above] = readMessagesAfter(sql, conversation, order, 1);
  const [below] = readMessagesBefore(sql, conversation, order, 1);
  return isGap(above) || isGap(below);
}

export function isGap(message: MessageRow | undefined): boolean {
  return message?.bodyKind === 'notice' && message.detail === 'historyGap';
}
