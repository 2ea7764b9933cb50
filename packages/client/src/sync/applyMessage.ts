import type { DeviceRef } from '@sotto/crypto';
import type { AccountId, DeviceId } from '@sotto/protocol';
import { noteRecipients } from '../attachments/viewLimit.ts';
import { applyCall } from '../calls/applyCall.ts';
import type { CallMessage } from '../calls/callMessage.ts';
import { isNextToDisappeared } from '../disappearing/disappearedLine.ts';
import { displayedAt } from '../disappearing/displayed.ts';
import { startSent } from '../disappearing/messageClocks.ts';
import { applyGroupCall } from '../groupCalls/applyGroupCall.ts';
import type { GroupCallMessage } from '../groupCalls/groupCallMessage.ts';
import type { GroupCallRules } from '../groupCalls/groupCallRules.ts';
import { raiseLogAlarm } from '../integrity/logAlarmTable.ts';
import { isHiddenMessage } from '../marks/messageMarkTable.ts';
import { applyChange } from '../messageChanges/applyChange.ts';
import { placeParts, shownText } from '../messageChanges/shownText.ts';
import {
  type ChangeContent,
  type ChangeKind,
  decodeContent,
  isChange,
  type MessageContent,
} from '../messages/content.ts';
import { allowedMentions } from '../messages/mentions.ts';
import type { MessageRules } from '../messages/messageRules.ts';
import { countUnread, findMessage, messagesByRef, moveMessage } from '../messages/messageTable.ts';
import { deleteOutboxItem, findOutboxItem, isAsSealed } from '../outbox/outboxTable.ts';
import { changeOwnState, readOwnState } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';
import { noteReceipt } from '../receipts/receiptTimes.ts';
import type { ConversationDraft, EntryScene } from './entryScene.ts';
import type { EntryEffect } from './readEntries.ts';
import { storeUnreadable } from './unreadableTable.ts';

/** What members told is kept for devices that come later, so it need not be kept at once. */
const positionsDelayMs = 10_000;

type Effect<Kind extends EntryEffect['kind']> = EntryEffect & { readonly kind: Kind };

export function applyText(scene: EntryScene, effect: Effect<'text'>): void {
  const { device, sql, changes, draft, entry } = scene;
  const { accountId, deviceId } = effect.sender;
  if (!effect.rules.may(accountId, 'send')) return;
  const self = device.self.accountId;
  const mine = accountId === self;
  const ref = { accountId, transactionId: entry.transactionId };
  const mentions = allowedMentions(effect.rules, accountId, effect.mentions);
  const shown = shownText(sql, self, draft.key, ref, { ...effect, mentions });
  const isHidden = isHiddenMessage(sql, draft.key, ref);
  const { timerSeconds } = effect;
  const expiresAtMs = timerSeconds === 0 ? null : deadlineOf(scene, mine, timerSeconds);
  if (expiresAtMs !== null && expiresAtMs <= device.serverClock.nowMs()) {
    tellDisappeared(scene);
    return;
  }
  if (expiresAtMs !== null) changes.deadline();
  const messageId = isHidden
    ? null
    : scene.add({
        ...shown,
        timerSeconds,
        expiresAtMs,
        sentAtMs: effect.sentAtMs,
        state: mine ? 'sent' : 'received',
        senderId: accountId,
        senderDevice: deviceId,
      });
  if (messageId !== null) placeParts({ sql, changes, self, row: draft }, ref, messageId, shown, effect);
  if (messageId !== null && mine) noteRecipients(sql, changes, self, draft, messageId);
  if (!mine) {
    if (messageId !== null && shown.bodyKind === 'text' && entry.seq > draft.ownRead) draft.unreadCount += 1;
    draft.ownDelivered = entry.seq;
  }
  draft.lastActivityMs = Math.max(draft.lastActivityMs, entry.acceptedAtMs);
}

/** When a message that comes now is gone, by the server's time; null: its clock has not started. */
function deadlineOf(
  { device, sql, draft, entry }: EntryScene,
  mine: boolean,
  timerSeconds: number,
): number | null {
  const nowMs = device.serverClock.nowMs();
  const startMs = mine ? entry.acceptedAtMs : shownAtMs(sql, draft, entry.seq, nowMs);
  return startMs === null ? null : Math.min(startMs, nowMs) + timerSeconds * 1000;
}

/** When a device of the account first showed it; where only that it did is known, now. */
function shownAtMs(sql: Sql, draft: ConversationDraft, seq: number, nowMs: number): number | null {
  // Items may have come before the conversation did.
  const { readSeq, displayed } = readOwnState(sql, draft);
  return seq > Math.max(draft.ownRead, readSeq) ? null : (displayedAt(displayed, seq) ?? nowMs);
}

/** The line that says that messages were gone before this device had them: one for all that follow one another. */
export function tellDisappeared(scene: EntryScene): void {
  const { sql, draft, entry, device } = scene;
  if (isNextToDisappeared(sql, draft.key, entry.seq)) return;
  scene.notice('disappeared', device.self.accountId, device.self.deviceId);
}

export function applyMessageChange(scene: EntryScene, effect: Effect<ChangeKind>): void {
  // What it was about is gone here; of what is said in it nothing may stay.
  if (effect.entry.isPassing && messagesByRef(scene.sql, scene.draft.key, effect.message).length === 0)
    return;
  change(scene, effect, effect.sender, effect.rules);
}

function change(
  scene: EntryScene,
  content: MessageContent & ChangeContent,
  sender: { readonly accountId: AccountId; readonly deviceId: DeviceId },
  rules: MessageRules,
): void {
  const { device, sql, changes, draft, entry } = scene;
  applyChange({ sql, changes, self: device.self.accountId, row: draft }, rules, {
    seq: entry.seq,
    transactionId: entry.transactionId,
    authorId: sender.accountId,
    authorDevice: sender.deviceId,
    atMs: content.sentAtMs,
    content,
  });
  // What was deleted is no longer unread.
  if (content.kind === 'deletion') draft.unreadCount = countUnread(sql, draft.key, draft.ownRead);
}

/** A message of a call, by another device. */
export function applyCallOf(scene: EntryScene, effect: Effect<'call'>): void {
  const { message, sender, timerSeconds } = effect;
  if (message === null) return;
  applyCallMessage(scene, message, sender, timerSeconds, effect.exported ?? null);
}

function applyCallMessage(
  scene: EntryScene,
  message: CallMessage,
  sender: DeviceRef,
  timerSeconds: number,
  exported: string | null,
): void {
  const deadline = (mine: boolean): number | null =>
    timerSeconds === 0 ? null : deadlineOf(scene, mine, timerSeconds);
  applyCall(scene, { message, sender, exported, timerSeconds, deadline });
}

/** A message of a group's call, by another device. */
export function applyGroupCallOf(scene: EntryScene, effect: Effect<'groupCall'>): void {
  const { message, sender, timerSeconds, callRules } = effect;
  if (message === null || callRules === undefined) return;
  applyGroupCallMessage(scene, message, sender, callRules, {
    timerSeconds,
    exported: effect.exported ?? null,
  });
}

function applyGroupCallMessage(
  scene: EntryScene,
  message: GroupCallMessage,
  sender: DeviceRef,
  rules: GroupCallRules,
  { timerSeconds, exported }: { readonly timerSeconds: number; readonly exported: string | null },
): void {
  const deadline = (mine: boolean): number | null =>
    timerSeconds === 0 ? null : deadlineOf(scene, mine, timerSeconds);
  applyGroupCall(scene, { message, sender, rules, exported, timerSeconds, deadline });
}

export function applyReceipt(scene: EntryScene, effect: Effect<'receipt'>): void {
  const { device, sql, draft, entry } = scene;
  // A receipt cannot speak of what came after it.
  const delivered = Number(clampSeq(effect.delivered, entry.seq));
  const read = Number(clampSeq(effect.read, entry.seq));
  noteReceipt(sql, draft.key, { accountId: effect.sender.accountId, delivered, read }, entry.acceptedAtMs);
  if (effect.sender.accountId !== device.self.accountId) {
    changeOwnState(sql, draft, {}, device.clock.now() + positionsDelayMs);
    return;
  }
  // What this account has read, its devices tell each other by its items; this is what was told to the others.
  draft.toldDelivered = Math.max(draft.toldDelivered, delivered, read);
  draft.toldRead = Math.max(draft.toldRead, read);
}

/** An entry of this device's own: the outbox item that it was becomes a message in its place. */
export function applyOwnMessage(scene: EntryScene, effect: Effect<'ownMessage'>): void {
  const { device, sql, changes, draft, entry } = scene;
  const item = findOutboxItem(sql, draft.key, entry.transactionId);
  if (item === null) {
    const known = findMessage(sql, draft.key, entry.transactionId);
    if (known?.state === 'sent' && known.senderDevice === entry.sender.deviceId) return;
    const kept = entry.isPassing ? new Uint8Array(0) : effect.bytes;
    storeUnreadable(sql, draft.key, entry.seq, 'own_message', kept);
    scene.add({ bodyKind: 'unreadable', detail: 'own_message' });
    return;
  }
  // Others were shown something else under its name: they, or later devices, cannot open it.
  if (!isAsSealed(device.provider, item, entry)) {
    const fault = { reason: 'broken', seq: entry.seq, accountId: null } as const;
    raiseLogAlarm(sql, changes, draft, fault, device.clock.now());
  }
  deleteOutboxItem(sql, item.position);
  if (item.kind === 'receipt' || item.kind === 'viewed') return;
  if (item.kind === 'call') {
    const content = decodeContent(item.content);
    if (content.kind === 'call' && content.message !== null) {
      applyCallMessage(scene, content.message, device.self, timerOfCall(draft), null);
    }
    if (content.kind === 'groupCall' && content.message !== null) {
      const parts = { timerSeconds: timerOfCall(draft), exported: null };
      applyGroupCallMessage(scene, content.message, device.self, effect.callRules, parts);
    }
    return;
  }
  if (item.kind !== 'text') {
    const content = decodeContent(item.content);
    if (isChange(content)) change(scene, content, device.self, effect.rules);
    return;
  }
  moveMessage(sql, draft.key, item.transactionId, { order: entry.seq, state: 'sent' });
  noteRecipients(sql, changes, device.self.accountId, draft, item.transactionId);
  startSent(sql, draft.key, item.transactionId, Math.min(entry.acceptedAtMs, device.serverClock.nowMs()));
  changes.deadline();
  draft.lastActivityMs = Math.max(draft.lastActivityMs, entry.acceptedAtMs);
  changes.message(draft.conversationId, item.transactionId);
}

/** An own `end` goes under the conversation's timer, as it is in the epoch of its entry. */
const timerOfCall = ({ timerSeconds }: ConversationDraft): number => timerSeconds;

function clampSeq(seq: bigint, limit: number): bigint {
  return seq < BigInt(limit) ? seq : BigInt(limit);
}
