/**
 * What the thread says of messages that were sent while history was off, and this device not there (spec/history.md,
 * "History off"): one notice in the place of all of them between what it can show.
 */
import type { TransactionId } from '@sotto/protocol';
import type { ConversationKey, ConversationRow } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import {
  deleteMessage,
  type MessageRow,
  readMessagesAfter,
  readMessagesBefore,
} from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import type { HistoryEffect } from './openEntries.ts';
import { cutSpan, spanBelow } from './spanTable.ts';

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

/**
 * A key came late, so what was taken for sent with history off may not have been: all of it is read again. Whether
 * there is something to read.
 */
export function forgetGaps(sql: Sql, changes: Changes, row: ConversationRow): boolean {
  const gaps = sql.all(
    "SELECT ord, message_id FROM message WHERE conversation = ? AND body_kind = 'notice' AND detail = 'historyGap'",
    row.key,
  );
  for (const gap of gaps) {
    const toSeq = gap.ord as number;
    const [below] = readMessagesBefore(sql, row.key, toSeq, 1);
    deleteMessage(sql, row.key, gap.message_id as TransactionId);
    cutSpan(sql, row.key, { fromSeq: (below?.order ?? 0) + 1, toSeq });
    changes.removedMessage(row.conversationId, gap.message_id as TransactionId);
  }
  return gaps.length > 0;
}
