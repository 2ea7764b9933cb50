import type { ConversationId, TransactionId } from '@sotto/protocol';
import { waitingOrderBase } from '../api.ts';
import {
  type ConversationRow,
  findConversation,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import {
  deleteOutboxItem,
  findOutboxItem,
  insertOutboxItem,
  type OutboxItem,
  setNotBefore,
} from '../outbox/outboxTable.ts';
import type { Sql } from '../ports.ts';
import { deleteMessage, findMessage, type MessageRow, moveMessage, setSentAt } from './messageTable.ts';

/**
 * Puts a failed message back into the outbox, under the same id: the server refused it before, so it cannot
 * arrive twice. Nothing happens where it has not failed.
 */
export async function retryMessage(
  device: DeviceContext,
  conversationId: ConversationId,
  messageId: TransactionId,
): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    const message = row === null ? null : step.read((sql) => findMessage(sql, row.key, messageId));
    if (row === null || message === null || message.state !== 'failed') return;
    await step.commit((sql, changes) => {
      const content = new Uint8Array(0);
      const position = insertOutboxItem(sql, row.key, { transactionId: messageId, kind: 'text', content });
      moveMessage(sql, row.key, messageId, { order: waitingOrderBase + position, state: 'waiting' });
      changes.message(conversationId, messageId);
    });
    device.wake(row.key);
  });
}

/** Removes a message that has not left: one that is sealed may have, so it stays. */
export async function discardMessage(
  device: DeviceContext,
  conversationId: ConversationId,
  messageId: TransactionId,
): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    const unsent = row === null ? null : step.read((sql) => findUnsent(sql, row, messageId));
    if (row === null || unsent === null) return;
    await step.commit((sql, changes) => {
      if (unsent.item !== null) deleteOutboxItem(sql, unsent.item.position);
      deleteMessage(sql, row.key, messageId);
      changes.removedMessage(conversationId, messageId);
    });
  });
}

/** A message that waits goes at another time, or (null) as soon as it can. */
export async function rescheduleMessage(
  device: DeviceContext,
  conversationId: ConversationId,
  messageId: TransactionId,
  sendAtMs: number | null,
): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    const item = row === null ? null : (step.read((sql) => findUnsent(sql, row, messageId))?.item ?? null);
    if (row === null || item === null) return;
    const nowMs = device.clock.now();
    const dueMs = sendAtMs === null || !(sendAtMs > nowMs) ? null : Math.trunc(sendAtMs);
    await step.commit((sql, changes) => {
      setNotBefore(sql, item.position, dueMs);
      setSentAt(sql, row.key, messageId, dueMs ?? nowMs);
      if (dueMs === null) {
        updateConversation(sql, row.key, { lastActivityMs: Math.max(nowMs, row.lastActivityMs) });
      }
      changes.message(conversationId, messageId);
    });
    device.wake(row.key);
  });
}

/** Null where it has left, or may have. */
export function findUnsent(
  sql: Sql,
  row: ConversationRow,
  messageId: TransactionId,
): { readonly message: MessageRow; readonly item: OutboxItem | null } | null {
  const message = findMessage(sql, row.key, messageId);
  const item = findOutboxItem(sql, row.key, messageId);
  return message === null || (message.state !== 'failed' && item?.state !== 'waiting')
    ? null
    : { message, item };
}
