import { type AccountId, type ConversationId, limits, type TransactionId } from '@sotto/protocol';
import {
  type MentionView,
  type NewMessage,
  type Outcome,
  type SendProblem,
  waitingOrderBase,
} from '../api.ts';
import type { AttachmentContent } from '../attachments/attachmentContent.ts';
import {
  type ConversationRow,
  findConversation,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { readGroupEnd } from '../groups/groupInfoTable.ts';
import { isPeerReplaced } from '../identity/replacedTable.ts';
import { insertOutboxItem } from '../outbox/outboxTable.ts';
import type { Sql } from '../ports.ts';
import { everyone, type Mention, namesEveryone, soundMentions } from './mentions.ts';
import { findMessage, insertMessage, isSaid, refOf } from './messageTable.ts';
import { rulesNow } from './rulesNow.ts';
import {
  encodeParts,
  isBlank,
  soundPreview,
  soundSticker,
  type TextContent,
  textSizeBytes,
} from './textContent.ts';

/** Files that go with a message: what it names of them, and what stores them in the transaction that stores it. */
export interface MessageFiles {
  readonly contents: readonly AttachmentContent[];
  /** Of its sticker. */
  readonly stickerImage: AttachmentContent | null;
  insert(sql: Sql, row: ConversationRow, messageId: TransactionId): void;
}

/** Longer than this in advance nothing is scheduled: a year. */
const farthestMs = 366 * 86_400_000;

/** Stores a message as waiting, and what sends it, in one transaction. */
export async function sendMessage(
  device: DeviceContext,
  conversationId: ConversationId,
  message: Omit<NewMessage, 'attachments'>,
  messageId?: TransactionId,
  files?: MessageFiles,
): Promise<Outcome<TransactionId, SendProblem>> {
  // What cannot be encoded as UTF-8 (lone surrogates) would arrive as something else.
  const text = message.text.toWellFormed();
  const sticker = message.sticker === undefined ? null : soundSticker(message.sticker);
  const attachments = files?.contents ?? [];
  if (isBlank(text) && attachments.length === 0 && sticker === null) return refuse({ kind: 'empty' });
  const limit = limits.textSizeBytes;
  if (textSizeBytes(text) > limit) return refuse({ kind: 'tooLong', limit });
  if (attachments.length > limits.blobsPerMessage) {
    return refuse({ kind: 'tooManyAttachments', limit: limits.blobsPerMessage });
  }
  return device.steps.run(async (step): Promise<Outcome<TransactionId, SendProblem>> => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    const id = messageId ?? randomId<TransactionId>(device.provider);
    const problem = step.read((sql) => whyNotSaid(sql, device.self.accountId, row));
    if (row === null || problem !== null) return refuse(problem ?? { kind: 'unknownConversation' });
    if (step.read((sql) => findMessage(sql, row.key, id)) !== null) return { kind: 'ok', value: id };
    const { replyTo } = message;
    const replied = replyTo === undefined ? null : step.read((sql) => findMessage(sql, row.key, replyTo));
    if (replyTo !== undefined && (replied === null || !isSaid(replied)))
      return refuse({ kind: 'unknownMessage' });
    const mentions = mentionsOf(text, message.mentions ?? []);
    const mayMention = step.read((sql) => mayName(sql, device.self.accountId, row, mentions));
    if (!mayMention) return refuse({ kind: 'notAllowed' });
    const content: TextContent = {
      text: sticker === null || attachments.length > 0 ? text : '',
      replyTo: replied === null ? null : refOf(replied),
      mentions,
      attachments,
      sticker: attachments.length > 0 ? null : sticker,
      stickerImage: files?.stickerImage ?? null,
      preview: message.preview === undefined ? null : soundPreview(message.preview, text),
      forwarded: false,
      silent: message.silent ?? false,
    };
    await step.commit((sql, changes) => {
      insertOwnText(device, sql, row, id, content, message.sendAtMs);
      files?.insert(sql, row, id);
      changes.message(conversationId, id);
    });
    device.wake(row.key);
    return { kind: 'ok', value: id };
  });
}

/** An own text that waits; its files are stored by the caller. */
export function insertOwnText(
  device: DeviceContext,
  sql: Sql,
  row: ConversationRow,
  messageId: TransactionId,
  content: TextContent,
  sendAtMs?: number,
): void {
  const nowMs = device.clock.now();
  const isLater = sendAtMs !== undefined && sendAtMs > nowMs;
  const sentAtMs = isLater ? Math.min(Math.trunc(sendAtMs), nowMs + farthestMs) : nowMs;
  const position = insertOutboxItem(sql, row.key, {
    transactionId: messageId,
    kind: 'text',
    content: new Uint8Array(0),
    notBeforeMs: isLater ? sentAtMs : null,
  });
  insertMessage(sql, row.key, {
    order: waitingOrderBase + position,
    messageId,
    senderId: device.self.accountId,
    senderDevice: device.self.deviceId,
    sentAtMs,
    state: 'waiting',
    bodyKind: 'text',
    detail: content.text,
    extras: encodeParts(content),
    replyId: content.replyTo?.transactionId ?? null,
    timerSeconds: row.timerSeconds,
  });
  if (!isLater) updateConversation(sql, row.key, { lastActivityMs: Math.max(nowMs, row.lastActivityMs) });
}

/** Why this account can say nothing new in a conversation, or null. */
export function whyNotSaid(sql: Sql, self: AccountId, row: ConversationRow | null): SendProblem | null {
  if (row !== null && readGroupEnd(sql, self, row.key) !== null) return { kind: 'ended' };
  const problem = whyNotTo(sql, row);
  if (row === null || problem !== null) return problem;
  return rulesNow(sql, row).may(self, 'send') ? null : { kind: 'notAllowed' };
}

/** Whether this account may name those whom it names, as the group is now. */
export function mayName(
  sql: Sql,
  self: AccountId,
  row: ConversationRow,
  mentions: readonly Mention[],
): boolean {
  return !namesEveryone(mentions) || rulesNow(sql, row).may(self, 'nameEveryone');
}

/** Why nothing can be said in a conversation, or null. */
export function whyNotTo(sql: Sql, row: ConversationRow | null): SendProblem | null {
  if (row === null || row.state === 'removed') return { kind: 'unknownConversation' };
  return isPeerReplaced(sql, row.key) ? { kind: 'peerReplaced' } : null;
}

export function mentionsOf(text: string, mentions: readonly MentionView[]): Mention[] {
  return soundMentions(
    text,
    mentions.map(({ start, end, account }) => ({
      start,
      length: end - start,
      accountId: account?.accountId ?? everyone,
    })),
  );
}

const refuse = (problem: SendProblem) => ({ kind: 'problem', problem }) as const;
