/** What a user does to messages for their own account alone (spec/messages.md): kept in the account's items. */
import type { ConversationId, TransactionId } from '@sotto/protocol';
import type { ChangeProblem, Outcome } from '../api.ts';
import { type ConversationRow, findConversation } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { deleteMessage, findMessage, isSaid, type MessageRow, refOf } from '../messages/messageTable.ts';
import { findUnsent } from '../messages/unsentMessages.ts';
import { deleteOutboxItem } from '../outbox/outboxTable.ts';
import { changeItem, nextChangeMs } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';
import { applyMark } from './applyMark.ts';
import { type MessageMark, markPlace } from './messageMark.ts';
import { mergeMark } from './messageMarkTable.ts';

/** What is done soon after each other goes in one request. */
const itemDelayMs = 1_000;

/** For this account, on all of its devices: any messages that somebody wrote. */
export async function deleteForSelf(
  device: DeviceContext,
  conversationId: ConversationId,
  messageIds: readonly TransactionId[],
): Promise<Outcome<null, ChangeProblem>> {
  const result = await device.steps.run(async (step): Promise<Outcome<null, ChangeProblem>> => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    const messages =
      row === null ? [] : step.read((sql) => messageIds.flatMap((id) => findMessage(sql, row.key, id) ?? []));
    if (row === null || messages.length < messageIds.length || !messages.every(isSaid)) {
      return { kind: 'problem', problem: { kind: 'unknownMessage' } };
    }
    await step.commit((sql, changes) => {
      for (const message of messages) {
        const unsent = findUnsent(sql, row, message.messageId);
        if (unsent === null) {
          const mark = markMessage(device, sql, row, message, { hidden: true });
          if (mark !== null) applyMark(sql, changes, mark);
          continue;
        }
        if (unsent.item !== null) deleteOutboxItem(sql, unsent.item.position);
        deleteMessage(sql, row.key, message.messageId);
        changes.removedMessage(conversationId, message.messageId);
      }
      changes.files();
    });
    device.wake(row.key);
    return { kind: 'ok', value: null };
  });
  device.ownState.wake();
  return result;
}

export async function starMessage(
  device: DeviceContext,
  conversationId: ConversationId,
  messageId: TransactionId,
  starred: boolean,
): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    const message = row === null ? null : step.read((sql) => findMessage(sql, row.key, messageId));
    if (row === null || message === null || message.bodyKind !== 'text' || message.timerSeconds > 0) return;
    await step.commit((sql, changes) => {
      const starChangedMs = nextChangeMs(sql, device.clock.now());
      markMessage(device, sql, row, message, { starChangedMs, starred });
      changes.message(conversationId, messageId);
    });
  });
  device.ownState.wake();
}

/** Null where the server knows nothing of the conversation, so that nothing names the message. */
function markMessage(
  device: DeviceContext,
  sql: Sql,
  { logId, state }: ConversationRow,
  message: MessageRow,
  change: Partial<MessageMark>,
): MessageMark | null {
  if (logId === null || state === 'waiting') return null;
  const named = { logId, message: refOf(message) };
  const place = markPlace(device.provider, named);
  const mark = mergeMark(sql, place, {
    ...named,
    starChangedMs: 0,
    starred: false,
    hidden: false,
    ...change,
  });
  changeItem(sql, place, {}, device.clock.now() + itemDelayMs);
  return mark;
}
