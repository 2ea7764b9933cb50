import type { ConversationId, TransactionId } from '@sotto/protocol';
import { waitingOrderBase } from '../api.ts';
import { findConversation } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { deleteOutboxItem, findOutboxItem, insertOutboxItem } from '../outbox/outboxTable.ts';
import { encodeText } from './content.ts';
import { deleteMessage, findMessage, moveMessage } from './messageTable.ts';

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
      const content = encodeText(message.sentAtMs, message.detail);
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
    if (row === null) return;
    const { message, item } = step.read((sql) => ({
      message: findMessage(sql, row.key, messageId),
      item: findOutboxItem(sql, row.key, messageId),
    }));
    if (message === null || (message.state !== 'failed' && item?.state !== 'waiting')) return;
    await step.commit((sql, changes) => {
      if (item !== null) deleteOutboxItem(sql, item.position);
      deleteMessage(sql, row.key, messageId);
      changes.removedMessage(conversationId, messageId);
    });
  });
}
