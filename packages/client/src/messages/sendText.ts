import { type ConversationId, limits, type TransactionId } from '@sotto/protocol';
import { type Outcome, type SendProblem, waitingOrderBase } from '../api.ts';
import { findConversation, updateConversation } from '../conversations/conversationTable.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { readReplacement } from '../identity/replacedTable.ts';
import { insertOutboxItem } from '../outbox/outboxTable.ts';
import { encodeText, textSizeBytes } from './content.ts';
import { findMessage, insertMessage } from './messageTable.ts';

/** Stores a text as waiting, and what sends it, in one transaction. */
export async function sendText(
  device: DeviceContext,
  conversationId: ConversationId,
  text: string,
  messageId?: TransactionId,
): Promise<Outcome<TransactionId, SendProblem>> {
  // What cannot be encoded as UTF-8 (lone surrogates) would arrive as something else.
  const wellFormed = text.toWellFormed();
  if (wellFormed.trim() === '') return { kind: 'problem', problem: { kind: 'empty' } };
  const limit = limits.textSizeBytes;
  if (textSizeBytes(wellFormed) > limit) return { kind: 'problem', problem: { kind: 'tooLong', limit } };
  const id = messageId ?? randomId<TransactionId>(device.provider);
  return device.steps.run(async (step): Promise<Outcome<TransactionId, SendProblem>> => {
    const { row, known } = step.read((sql) => {
      const found = findConversation(sql, conversationId);
      return { row: found, known: found !== null && findMessage(sql, found.key, id) !== null };
    });
    if (row === null || row.state === 'removed') {
      return { kind: 'problem', problem: { kind: 'unknownConversation' } };
    }
    if (known) return { kind: 'ok', value: id };
    if (step.read((sql) => readReplacement(sql, row.peerId)) !== null) {
      return { kind: 'problem', problem: { kind: 'peerReplaced' } };
    }
    const sentAtMs = device.clock.now();
    await step.commit((sql, changes) => {
      const content = encodeText(sentAtMs, wellFormed);
      const position = insertOutboxItem(sql, row.key, { transactionId: id, kind: 'text', content });
      insertMessage(sql, row.key, {
        order: waitingOrderBase + position,
        messageId: id,
        senderId: device.self.accountId,
        senderDevice: device.self.deviceId,
        sentAtMs,
        state: 'waiting',
        bodyKind: 'text',
        detail: wellFormed,
      });
      updateConversation(sql, row.key, { lastActivityMs: Math.max(sentAtMs, row.lastActivityMs) });
      changes.message(conversationId, id);
    });
    device.wake(row.key);
    return { kind: 'ok', value: id };
  });
}
