/**
 * Photos, videos and voice messages that can be looked at so many times (spec/attachments.md, "Views"). Invariant: once this
 * account has looked as often as it may, and at the latest with the next start, the key is overwritten on this device; others
 * of the account overwrite theirs when the log says so.
 */
import type { AccountId, ConversationId, TransactionId } from '@sotto/protocol';
import type { Outcome } from '../api.ts';
import type { AttachmentProblem } from '../apiMedia.ts';
import {
  type ConversationKey,
  type ConversationRow,
  findConversation,
} from '../conversations/conversationTable.ts';
import { memberIds } from '../conversations/members.ts';
import type { Changes } from '../device/changes.ts';
import { startDeadline, timeLeftMs } from '../device/deadline.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { encodeViewed } from '../messages/content.ts';
import type { MessageRef } from '../messages/messageRef.ts';
import { findMessage, hasExpired, type MessageRow, messagesByRef, refOf } from '../messages/messageTable.ts';
import { insertOutboxItem } from '../outbox/outboxTable.ts';
import type { Sql } from '../ports.ts';
import {
  openAttachments,
  readAttachments,
  type StoredAttachment,
  updateAttachment,
} from './attachmentTable.ts';
import { releaseBlobs } from './blobRelease.ts';
import { blobSourceOf } from './blobSource.ts';
import { addView, countViews, recipientViews, storeRecipients } from './viewTable.ts';

/** How long a device that is about to be connected is waited for. */
const catchUpMs = 10_000;
const askAgainMs = 100;

type Place = Pick<ConversationRow, 'key' | 'kind' | 'peerId' | 'conversationId'>;

/**
 * Fetches all of it first: a view that breaks off would be over. Then it is counted, and the others, and the sender, are
 * told. Only where the log is read to its end: what other devices of the account looked at counts before it.
 */
export async function beginView(
  device: DeviceContext,
  conversationId: ConversationId,
  messageId: TransactionId,
): Promise<Outcome<null, AttachmentProblem>> {
  const found = find(device, conversationId, messageId);
  if ('problem' in found) return { kind: 'problem', problem: found.problem };
  await caughtUp(device, found.key);
  for (const attachment of found.closed) {
    const source = blobSourceOf(attachment);
    const fault = source === null ? 'damaged' : await device.attachments.fetchSource(source);
    if (fault !== null) return { kind: 'problem', problem: { kind: fault } };
  }
  return device.steps.run(async (step): Promise<Outcome<null, AttachmentProblem>> => {
    const now = step.read(() => find(device, conversationId, messageId));
    if ('problem' in now) return { kind: 'problem', problem: now.problem };
    const { key, message, closed } = now;
    if (!device.sync.isStreaming(key)) return { kind: 'problem', problem: { kind: 'offline' } };
    await step.commit((sql, changes) => {
      const viewId = randomId<TransactionId>(device.provider);
      addView(sql, key, messageId, device.self.accountId, viewId);
      for (const attachment of closed) updateAttachment(sql, { ...attachment, viewState: 'open' });
      insertOutboxItem(sql, key, {
        transactionId: viewId,
        kind: 'viewed',
        content: encodeViewed(device.clock.now(), refOf(message)),
      });
      changes.message(conversationId, messageId);
    });
    device.wake(key);
    return { kind: 'ok', value: null };
  });
}

/** Resolves once the log is read to its end, or that takes too long. */
async function caughtUp(device: DeviceContext, key: ConversationKey): Promise<void> {
  const deadline = startDeadline(device.clock, catchUpMs);
  while (!device.sync.isStreaming(key) && timeLeftMs(device.clock, deadline) > 0) {
    await new Promise<void>((resolve) => {
      device.clock.schedule(askAgainMs, resolve);
    });
  }
}

export async function endView(
  device: DeviceContext,
  conversationId: ConversationId,
  messageId: TransactionId,
): Promise<void> {
  await device.steps.run(async (step) => {
    const key = step.read((sql) => findConversation(sql, conversationId)?.key ?? null);
    const open = step.read((sql) => (key === null ? [] : limitedOf(sql, key, messageId))).filter(isOpen);
    if (open.length === 0) return;
    await step.commit((sql, changes) => {
      for (const attachment of open) close(sql, changes, device.self.accountId, attachment);
      changes.message(conversationId, messageId);
    });
  });
}

/** At the start: what was open when the device ended was seen. */
export function endAllViews(sql: Sql, changes: Changes, self: AccountId): void {
  for (const attachment of openAttachments(sql)) close(sql, changes, self, attachment);
}

/**
 * An own message stands in the log: who is in the conversation at that place can look at what is limited in it, and nobody
 * who comes later. This account has no use for it any more.
 */
export function noteRecipients(
  sql: Sql,
  changes: Changes,
  self: AccountId,
  place: Pick<Place, 'key' | 'kind' | 'peerId'>,
  messageId: TransactionId,
): void {
  const limited = limitedOf(sql, place.key, messageId);
  if (limited.length === 0) return;
  const others = memberIds(sql, self, place).filter((account) => account !== self);
  storeRecipients(sql, place.key, messageId, others);
  const order = findMessage(sql, place.key, messageId)?.order ?? 0;
  if (limited.length === readAttachments(sql, place.key, messageId).length) {
    releaseBlobs(sql, place.key, order, 'account');
    changes.files();
  }
}

/**
 * The entry `viewId` says that `account` has looked once. Its own other devices count it, and let go of what is used up; the
 * sender's do once everybody has looked as often as they may.
 */
export function applyViewed(
  self: AccountId,
  sql: Sql,
  changes: Changes,
  place: Place,
  { account, viewId, ref }: { account: AccountId; viewId: TransactionId; ref: MessageRef },
): void {
  for (const message of messagesByRef(sql, place.key, ref)) {
    const { messageId } = message;
    const attachments = limitedOf(sql, place.key, messageId);
    if (attachments.length === 0) continue;
    if (account === self && message.senderId !== self) {
      addView(sql, place.key, messageId, account, viewId);
      // One that this device shows is let go of when it is closed.
      for (const attachment of attachments) {
        if (attachment.viewState === 'closed') close(sql, changes, self, attachment);
      }
    } else if (message.senderId === self && recipientViews(sql, place.key, messageId).has(account)) {
      addView(sql, place.key, messageId, account, viewId);
      endOwn(sql, changes, self, place, message, attachments);
    } else continue;
    changes.message(place.conversationId, messageId);
  }
}

/** Lets go of own files that everybody who is still there has looked at as often as they may. */
function endOwn(
  sql: Sql,
  changes: Changes,
  self: AccountId,
  place: Place,
  { messageId }: MessageRow,
  attachments: readonly StoredAttachment[],
): void {
  const views = recipientViews(sql, place.key, messageId);
  const least = Math.min(
    ...memberIds(sql, self, place).flatMap((account) => views.get(account) ?? []),
    Number.MAX_SAFE_INTEGER,
  );
  for (const attachment of attachments) {
    if (attachment.viewState !== 'over' && least >= attachment.content.views) drop(sql, changes, attachment);
  }
  releaseOver(sql, place.key, messageId, 'everyone');
}

/** The server lets go of all files of a message, or none. */
function releaseOver(
  sql: Sql,
  key: ConversationKey,
  messageId: TransactionId,
  whose: 'everyone' | 'account',
): void {
  if (!readAttachments(sql, key, messageId).every(({ viewState }) => viewState === 'over')) return;
  const message = findMessage(sql, key, messageId);
  if (message !== null) releaseBlobs(sql, key, message.order, whose);
}

/** After a look: it can be looked at again, or not any more. */
function close(sql: Sql, changes: Changes, self: AccountId, attachment: StoredAttachment): void {
  const { conversation, messageId, content } = attachment;
  if (countViews(sql, conversation, messageId, self) >= content.views) {
    drop(sql, changes, attachment);
    releaseOver(sql, conversation, messageId, 'account');
  } else if (attachment.viewState === 'open') updateAttachment(sql, { ...attachment, viewState: 'closed' });
}

/** Key and pictures are overwritten (`secure_delete`); the ciphertext goes with the next sweep. */
function drop(sql: Sql, changes: Changes, attachment: StoredAttachment): void {
  const { content } = attachment;
  updateAttachment(sql, {
    ...attachment,
    viewState: 'over',
    content: {
      ...content,
      blobId: null,
      key: new Uint8Array(content.key.length),
      thumbnail: new Uint8Array(0),
      placeholder: new Uint8Array(0),
      waveform: new Uint8Array(0),
    },
  });
  changes.files();
}

function limitedOf(sql: Sql, key: ConversationKey, messageId: TransactionId): StoredAttachment[] {
  return readAttachments(sql, key, messageId).filter(({ viewState }) => viewState !== null);
}

const isOpen = ({ viewState }: StoredAttachment): boolean => viewState === 'open';

/** What this account may look at now, or why it may not. */
function find(
  device: DeviceContext,
  conversationId: ConversationId,
  messageId: TransactionId,
):
  | {
      readonly key: ConversationKey;
      readonly message: MessageRow;
      readonly closed: readonly StoredAttachment[];
    }
  | { readonly problem: AttachmentProblem } {
  return device.database.read((sql) => {
    const row = findConversation(sql, conversationId);
    const message = row === null ? null : findMessage(sql, row.key, messageId);
    const isHere = message !== null && !hasExpired(message, device.serverClock.nowMs());
    if (row === null || !isHere) return { problem: { kind: 'unknownMessage' } };
    const attachments = limitedOf(sql, row.key, messageId);
    if (attachments.length === 0) return { problem: { kind: 'unknownMessage' } };
    const closed = attachments.filter(({ viewState }) => viewState === 'closed');
    const isFree = message.senderId !== device.self.accountId && !attachments.some(isOpen);
    return isFree && closed.length > 0 ? { key: row.key, message, closed } : { problem: { kind: 'opened' } };
  });
}
