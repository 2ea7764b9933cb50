/** What a user does to messages (spec/messages.md): checked as everybody else will check it, stored, and sent. */
import { type ConversationId, limits, type TransactionId } from '@sotto/protocol';
import type { ChangeProblem, MentionView, Outcome } from '../api.ts';
import { type ConversationRow, findConversation } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { isEmoji } from '../messages/emoji.ts';
import {
  changeBody,
  deleteMessage,
  findMessage,
  isSaid,
  type MessageRow,
  refOf,
} from '../messages/messageTable.ts';
import { wholeText } from '../messages/ownText.ts';
import { rulesNow } from '../messages/rulesNow.ts';
import { mayName, mentionsOf, whyNotTo } from '../messages/sendMessage.ts';
import { encodeParts, isBlank, textSizeBytes } from '../messages/textContent.ts';
import { findUnsent } from '../messages/unsentMessages.ts';
import { deleteOutboxItem } from '../outbox/outboxTable.ts';
import type { Sql } from '../ports.ts';
import { editsLimit, latestPins, pinsLimit, readEdits } from './messageChangeTable.ts';
import { queueChange } from './queueChange.ts';

type Changed = Outcome<null, ChangeProblem>;
const done: Changed = { kind: 'ok', value: null };
const refuse = (problem: ChangeProblem): Changed => ({ kind: 'problem', problem });

/** This account's one reaction; null takes it away. */
export function react(
  device: DeviceContext,
  conversationId: ConversationId,
  messageId: TransactionId,
  emoji: string | null,
): Promise<Changed> {
  if (emoji !== null && !isEmoji(emoji)) return Promise.resolve(refuse({ kind: 'notAnEmoji' }));
  return change(device, conversationId, messageId, (sql, row, message) => {
    if (message.bodyKind !== 'text') return { kind: 'unknownMessage' };
    return (changes) =>
      queueChange(device, sql, changes, row, {
        kind: 'reaction',
        message: refOf(message),
        emoji: emoji ?? '',
      });
  });
}

/** The whole new text of an own message. One that has not left changes at once. */
export function editMessage(
  device: DeviceContext,
  conversationId: ConversationId,
  messageId: TransactionId,
  newText: string,
  mentionViews: readonly MentionView[],
): Promise<Changed> {
  const text = newText.toWellFormed();
  const limit = limits.textSizeBytes;
  if (textSizeBytes(text) > limit) return Promise.resolve(refuse({ kind: 'tooLong', limit }));
  const mentions = mentionsOf(text, mentionViews);
  return change(device, conversationId, messageId, (sql, row, message) => {
    if (message.bodyKind !== 'text') return { kind: 'unknownMessage' };
    const whole = wholeText(sql, row.key, message);
    const self = device.self.accountId;
    if (message.senderId !== self || whole.sticker !== null) return { kind: 'notAllowed' };
    if (!mayName(sql, self, row, mentions)) return { kind: 'notAllowed' };
    if (isBlank(text) && whole.attachments.length === 0) return { kind: 'empty' };
    if (findUnsent(sql, row, messageId) !== null) {
      return (changes) => {
        const extras = encodeParts({ ...whole, mentions });
        changeBody(sql, row.key, message.order, { ...message, detail: text, extras });
        changes.message(conversationId, messageId);
      };
    }
    const isEdit = { kind: 'edit', message: refOf(message) } as const;
    if (readEdits(sql, row.key, isEdit.message).length >= editsLimit) {
      return { kind: 'tooManyEdits', limit: editsLimit };
    }
    return (changes) => queueChange(device, sql, changes, row, { ...isEdit, text, mentions });
  });
}

/** For all members; its place stays, and says that it is pinned. */
export function pinMessage(
  device: DeviceContext,
  conversationId: ConversationId,
  messageId: TransactionId,
  pinned: boolean,
): Promise<Changed> {
  return change(device, conversationId, messageId, (sql, row, message) => {
    if (message.bodyKind !== 'text') return { kind: 'unknownMessage' };
    if (!rulesNow(sql, row).may(device.self.accountId, 'pin')) return { kind: 'notAllowed' };
    const isFull = latestPins(sql, row.key, pinsLimit).length >= pinsLimit;
    if (pinned && isFull) return { kind: 'tooManyPins', limit: pinsLimit };
    return (changes) =>
      queueChange(device, sql, changes, row, { kind: 'pin', message: refOf(message), pinned });
  });
}

/** For everyone, all of them or none: own ones, and others' where the group's rights let this account. */
export async function deleteForEveryone(
  device: DeviceContext,
  conversationId: ConversationId,
  messageIds: readonly TransactionId[],
): Promise<Changed> {
  return device.steps.run(async (step): Promise<Changed> => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    if (row === null) return refuse({ kind: 'unknownMessage' });
    const self = device.self.accountId;
    const messages = step.read((sql) => messageIds.flatMap((id) => findMessage(sql, row.key, id) ?? []));
    if (messages.length < messageIds.length || !messages.every(isSaid))
      return refuse({ kind: 'unknownMessage' });
    const mayDelete = step.read((sql) => rulesNow(sql, row).may(self, 'deleteMessages'));
    const isAllowed = mayDelete || messages.every(({ senderId }) => senderId === self);
    if (!isAllowed || row.state === 'removed') return refuse({ kind: 'notAllowed' });
    await step.commit((sql, changes) => {
      for (const message of messages) {
        const unsent = findUnsent(sql, row, message.messageId);
        if (unsent === null) {
          if (message.bodyKind === 'deleted') continue;
          queueChange(device, sql, changes, row, { kind: 'deletion', message: refOf(message) });
          continue;
        }
        if (unsent.item !== null) deleteOutboxItem(sql, unsent.item.position);
        deleteMessage(sql, row.key, message.messageId);
        changes.removedMessage(conversationId, message.messageId);
      }
    });
    device.wake(row.key);
    return done;
  });
}

/** One message in one step: `check` says why not, or what to store. */
async function change(
  device: DeviceContext,
  conversationId: ConversationId,
  messageId: TransactionId,
  check: (
    sql: Sql,
    row: ConversationRow,
    message: MessageRow,
  ) => ChangeProblem | ((changes: Changes) => void),
): Promise<Changed> {
  return device.steps.run(async (step): Promise<Changed> => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    const message = row === null ? null : step.read((sql) => findMessage(sql, row.key, messageId));
    if (row === null || message === null) return refuse({ kind: 'unknownMessage' });
    if (step.read((sql) => whyNotTo(sql, row)) !== null) return refuse({ kind: 'notAllowed' });
    // What was asked for is looked at with what is stored, and stored, in one transaction.
    const problem = await step.commit((sql, changes) => {
      const checked = check(sql, row, message);
      if (typeof checked !== 'function') return checked;
      checked(changes);
      return null;
    });
    if (problem !== null) return refuse(problem);
    device.wake(row.key);
    return done;
  });
}
