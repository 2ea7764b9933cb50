/**
 * Says in other conversations what was said in one (spec/messages.md, "Forwarding"). Files go by the blobs that the server has.
 * Invariant: all of it is stored in one transaction, or nothing, and once for one `forwardId`. Who is named in a conversation is nobody's business in another:
 * mentions and quotes stay behind.
 */
import { concatBytes } from '@sotto/primitives';
import { type ConversationId, idFromBytes, idToBytes, type TransactionId } from '@sotto/protocol';
import type { Outcome, SendProblem } from '../api.ts';
import { insertAttachments, insertStickerImage } from '../attachments/attachmentTable.ts';
import { readUploads } from '../attachments/uploadTable.ts';
import { findConversation } from '../conversations/conversationTable.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { waitingChangeOf } from '../messageChanges/queueChange.ts';
import { waitingItems } from '../outbox/outboxTable.ts';
import type { Sql } from '../ports.ts';
import { refKey } from './messageRef.ts';
import { findMessage, type MessageRow, refOf } from './messageTable.ts';
import { wholeText } from './ownText.ts';
import { insertOwnText, whyNotSaid } from './sendMessage.ts';
import type { TextContent } from './textContent.ts';

/** So much at once: each message to each conversation. */
const forwardLimit = 1_000;

/** In the order of their thread, whatever the order of `messageIds`. What can be looked at so many times cannot be forwarded. */
export async function forwardMessages(
  device: DeviceContext,
  conversationId: ConversationId,
  messageIds: readonly TransactionId[],
  to: readonly ConversationId[],
  forwardId: TransactionId = randomId(device.provider),
): Promise<Outcome<null, SendProblem>> {
  const self = device.self.accountId;
  const targets = [...new Set(to)];
  const wanted = [...new Set(messageIds)];
  return device.steps.run(async (step): Promise<Outcome<null, SendProblem>> => {
    const isDone = step.read((sql) => wasForwarded(device, sql, forwardId, wanted, targets));
    if (isDone) return { kind: 'ok', value: null };
    const contents = step.read((sql) => forwardable(sql, conversationId, wanted));
    if (contents === null || contents.length * targets.length > forwardLimit) {
      return refuse({ kind: 'unknownMessage' });
    }
    const found = targets.map((id) => {
      const row = step.read((sql) => findConversation(sql, id));
      return { row, problem: step.read((sql) => whyNotSaid(sql, self, row)) };
    });
    const problem = found.find((one) => one.problem !== null)?.problem;
    if (problem !== undefined && problem !== null) return refuse(problem);
    const rows = found.flatMap(({ row }) => row ?? []);
    await step.commit((sql, changes) => {
      for (const row of rows) {
        for (const [messageId, content] of contents) {
          const id = forwardedId(device, forwardId, row.conversationId, messageId);
          insertOwnText(device, sql, row, id, content);
          insertAttachments(sql, row.key, id, content.attachments);
          if (content.stickerImage !== null) insertStickerImage(sql, row.key, id, content.stickerImage);
          changes.message(row.conversationId, id);
        }
      }
    });
    for (const { key } of rows) device.wake(key);
    return { kind: 'ok', value: null };
  });
}

/** The same for the same command, and nothing that others could tell from chance. */
function forwardedId(
  { provider }: DeviceContext,
  forwardId: TransactionId,
  target: ConversationId,
  messageId: TransactionId,
): TransactionId {
  const made = provider.sha256(concatBytes(...[forwardId, target, messageId].map((one) => idToBytes(one))));
  const id = idFromBytes<TransactionId>(made.subarray(0, 16));
  if (id === null) throw new Error('An id has 16 bytes');
  return id;
}

/** Whether this very command was carried out: it stores all or nothing, so one message that it made tells. */
function wasForwarded(
  device: DeviceContext,
  sql: Sql,
  forwardId: TransactionId,
  messageIds: readonly TransactionId[],
  targets: readonly ConversationId[],
): boolean {
  return targets.some((target) => {
    const row = findConversation(sql, target);
    if (row === null) return false;
    return messageIds.some(
      (id) => findMessage(sql, row.key, forwardedId(device, forwardId, target, id)) !== null,
    );
  });
}

/** What disappears must not stay elsewhere. */
function isForwardable({ bodyKind, timerSeconds }: MessageRow): boolean {
  return bodyKind === 'text' && timerSeconds === 0;
}

/** Null where one of the messages is not here, or cannot be said again. */
function forwardable(
  sql: Sql,
  conversationId: ConversationId,
  messageIds: readonly TransactionId[],
): [TransactionId, TextContent][] | null {
  const row = findConversation(sql, conversationId);
  if (row === null) return null;
  const messages = messageIds.flatMap((id) => findMessage(sql, row.key, id) ?? []);
  if (messages.length < messageIds.length || !messages.every(isForwardable)) return null;
  const waiting = waitingItems(sql, row.key).flatMap((item) => waitingChangeOf(item)?.content ?? []);
  const contents = messages
    .sort((one, other) => one.order - other.order)
    .flatMap((message) => {
      // As it shows here: with what this device is about to do to it.
      const target = refKey(refOf(message));
      const changes = waiting.filter((change) => refKey(change.message) === target);
      if (changes.some(({ kind }) => kind === 'deletion')) return [];
      const edit = changes.findLast((change) => change.kind === 'edit');
      // Its files are named by what the server has.
      if (readUploads(sql, row.key, message.messageId).some(({ state }) => state !== 'uploaded')) return [];
      const whole = wholeText(sql, row.key, message);
      return [{ messageId: message.messageId, content: { ...whole, text: edit?.text ?? whole.text } }];
    });
  if (contents.length < messages.length) return null;
  const isSound = contents.every(({ content: { attachments, stickerImage } }) =>
    [...attachments, ...(stickerImage === null ? [] : [stickerImage])].every(
      ({ views, blobId }) => views === 0 && blobId !== null,
    ),
  );
  if (!isSound) return null;
  return contents.map(({ messageId, content }) => [
    messageId,
    { ...content, replyTo: null, mentions: [], forwarded: true, silent: false },
  ]);
}

const refuse = (problem: SendProblem) => ({ kind: 'problem', problem }) as const;
