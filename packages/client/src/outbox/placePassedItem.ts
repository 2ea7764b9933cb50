import type { ConversationRow } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { findMessage, hasMessageAt, moveMessage } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import { deleteOutboxItem, type OutboxItem } from './outboxTable.ts';

/**
 * Ends an item whose entry the log was read past: its message goes where the server says it stands, or stays at
 * the end where something else stands there.
 */
export function placePassedItem(
  sql: Sql,
  changes: Changes,
  row: Pick<ConversationRow, 'key' | 'conversationId'>,
  item: OutboxItem,
  seq: number,
): void {
  deleteOutboxItem(sql, item.position);
  const message = findMessage(sql, row.key, item.transactionId);
  if (message === null) return;
  const isFree = Number.isSafeInteger(seq) && seq > 0 && !hasMessageAt(sql, row.key, seq);
  moveMessage(sql, row.key, item.transactionId, { order: isFree ? seq : message.order, state: 'sent' });
  changes.message(row.conversationId, item.transactionId);
}
