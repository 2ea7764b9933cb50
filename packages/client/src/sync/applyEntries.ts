import type { AccountId, DeviceId, TransactionId } from '@sotto/protocol';
import {
  type ConversationKey,
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { deletePending } from '../groups/groupTable.ts';
import { insertEpochKey } from '../history/epochKeyTable.ts';
import { isGap } from '../history/historyGaps.ts';
import { addSpan } from '../history/spanTable.ts';
import { raiseLogAlarm } from '../integrity/logAlarmTable.ts';
import {
  deleteMessage,
  findMessage,
  findMessageAt,
  insertMessage,
  type MessageRow,
  moveMessage,
} from '../messages/messageTable.ts';
import type { NoticeKind } from '../messages/notice.ts';
import { deleteOutboxItem, findOutboxItem, isAsSealed } from '../outbox/outboxTable.ts';
import { changeOwnState } from '../ownState/ownStateTable.ts';
import { checkRejoined, noteOwnChange, settleChosen } from '../policy/historyChoice.ts';
import { policyNotice } from '../policy/policyNotice.ts';
import type { Sql } from '../ports.ts';
import { raiseReceipt } from '../receipts/receiptTable.ts';
import type { EntryEffect } from './readEntries.ts';
import { deleteUnreadable, storeUnreadable } from './unreadableTable.ts';

/** What members told is kept for devices that come later, so it need not be kept at once. */
const positionsDelayMs = 10_000;

type Draft = { -readonly [Field in keyof ConversationRow]: ConversationRow[Field] };

/**
 * Stores the effects of entries that were read, with the cursor, in the caller's transaction (which also stores
 * the group): either all of it is durable or nothing. Each entry makes at most one message, at its `seq`, so
 * orders are unique by construction.
 */
export function applyEntries(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  key: ConversationKey,
  effects: readonly EntryEffect[],
): void {
  const row = conversationByKey(sql, key);
  if (row === null || effects.length === 0) return;
  const draft: Draft = { ...row };
  for (const effect of effects) {
    applyOne(device, sql, changes, draft, effect);
    draft.cursor = effect.entry.seq;
  }
  updateConversation(sql, key, {
    state: draft.state,
    cursor: draft.cursor,
    broken: draft.broken,
    unreadCount: draft.unreadCount,
    lastActivityMs: draft.lastActivityMs,
    ownRead: draft.ownRead,
    ownDelivered: draft.ownDelivered,
    toldRead: draft.toldRead,
    toldDelivered: draft.toldDelivered,
  });
  addSpan(sql, key, { fromSeq: row.cursor + 1, toSeq: draft.cursor });
  changes.conversation(row.conversationId);
}

function applyOne(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  draft: Draft,
  effect: EntryEffect,
): void {
  const { entry } = effect;
  // History took it for what this device cannot have, and a Welcome came after that.
  const stated = findMessageAt(sql, draft.key, entry.seq);
  if (stated !== null && isGap(stated)) {
    deleteMessage(sql, draft.key, stated.messageId);
    changes.removedMessage(draft.conversationId, stated.messageId);
  }
  /** False: history was read up to here before the group was joined, and shows the entry already. */
  const add = (message: Pick<MessageRow, 'bodyKind' | 'detail'> & Partial<MessageRow>): boolean => {
    const shown = findMessageAt(sql, draft.key, entry.seq);
    if (shown !== null) {
      if (shown.bodyKind !== 'unreadable' || message.bodyKind === 'unreadable') return false;
      // The group opens what the history keys did not.
      deleteMessage(sql, draft.key, shown.messageId);
      deleteUnreadable(sql, draft.key, entry.seq);
      changes.removedMessage(draft.conversationId, shown.messageId);
    }
    const row: MessageRow = {
      order: entry.seq,
      messageId: freeMessageId(device, sql, draft.key, entry.transactionId),
      senderId: entry.sender.accountId,
      senderDevice: entry.sender.deviceId,
      sentAtMs: entry.acceptedAtMs,
      state: 'received',
      ...message,
    };
    insertMessage(sql, draft.key, row);
    changes.message(draft.conversationId, row.messageId);
    return true;
  };
  const notice = (kind: NoticeKind, account: AccountId, deviceId: DeviceId): boolean =>
    add({ bodyKind: 'notice', detail: kind, senderId: account, senderDevice: deviceId });

  switch (effect.kind) {
    case 'text': {
      const mine = effect.sender.accountId === device.self.accountId;
      const isNew = add({
        bodyKind: 'text',
        detail: effect.text,
        sentAtMs: effect.sentAtMs,
        state: mine ? 'sent' : 'received',
        senderId: effect.sender.accountId,
        senderDevice: effect.sender.deviceId,
      });
      if (!mine) {
        if (isNew && entry.seq > draft.ownRead) draft.unreadCount += 1;
        draft.ownDelivered = entry.seq;
      }
      draft.lastActivityMs = Math.max(draft.lastActivityMs, entry.acceptedAtMs);
      return;
    }
    case 'receipt': {
      // A receipt cannot speak of what came after it.
      const delivered = Number(clampSeq(effect.delivered, entry.seq));
      const read = Number(clampSeq(effect.read, entry.seq));
      raiseReceipt(sql, draft.key, { accountId: effect.sender.accountId, delivered, read });
      if (effect.sender.accountId !== device.self.accountId) {
        changeOwnState(sql, draft, {}, device.clock.now() + positionsDelayMs);
        return;
      }
      // What this account has read, its devices tell each other by its items; this is what was told to the others.
      draft.toldDelivered = Math.max(draft.toldDelivered, delivered, read);
      draft.toldRead = Math.max(draft.toldRead, read);
      return;
    }
    case 'ownMessage':
      applyOwn(device, sql, changes, draft, effect, add);
      return;
    case 'ownCommit':
      if (effect.epochKey !== null) insertEpochKey(sql, effect.epochKey);
      deletePending(sql, draft.key);
      draft.state = 'ready';
      draft.broken = false;
      switch (effect.purpose) {
        case 'create':
          notice('conversationStarted', device.self.accountId, device.self.deviceId);
          return;
        case 'join':
          notice('joinedLate', device.self.accountId, device.self.deviceId);
          return;
        case 'heal':
          checkRejoined(sql, draft, device.self.accountId, effect.policyBefore, effect.policy);
          notice('healed', device.self.accountId, device.self.deviceId);
          return;
        case 'policy':
          if (effect.policyChange !== null) {
            const { accountId, deviceId } = device.self;
            settleChosen(sql, draft, !effect.policyChange.on);
            changes.historyChoice();
            notice(policyNotice(effect.policyChange, effect.policy), accountId, deviceId);
          }
          return;
        case 'remove':
          return;
      }
      return;
    case 'commit': {
      if (effect.epochKey !== null) insertEpochKey(sql, effect.epochKey);
      // The epoch moved on without an own pending commit: that one is refused (whatever the server said of it), and
      // made anew where still needed.
      deletePending(sql, draft.key);
      if (effect.policyChange !== null) {
        const { accountId, deviceId } = effect.by;
        const atMs = Math.min(entry.acceptedAtMs, device.clock.now());
        if (accountId === device.self.accountId) noteOwnChange(sql, draft.key, atMs);
        notice(policyNotice(effect.policyChange, effect.policy), accountId, deviceId);
        return;
      }
      const returned = new Set(effect.left.map((member) => member.deviceId));
      const joined = effect.joined.find((member) => !returned.has(member.deviceId));
      const stayed = new Set(effect.joined.map((member) => member.deviceId));
      const left = effect.left.find((member) => !stayed.has(member.deviceId));
      if (joined !== undefined) notice('deviceJoined', joined.accountId, joined.deviceId);
      else if (left !== undefined) notice('deviceLeft', left.accountId, left.deviceId);
      return;
    }
    case 'selfRemoved':
      draft.state = 'removed';
      deletePending(sql, draft.key);
      notice('deviceLeft', device.self.accountId, device.self.deviceId);
      return;
    case 'unreadable':
      if (isRepeated(sql, draft.key, effect)) return;
      storeUnreadable(
        sql,
        draft.key,
        entry.seq,
        effect.reason,
        effect.isFinal === true ? new Uint8Array(0) : effect.bytes,
      );
      add({ bodyKind: 'unreadable', detail: effect.reason });
      if (effect.lost) draft.broken = true;
      return;
  }
}

/** An entry of this device's own: the outbox item that it was becomes a message in its place. */
function applyOwn(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  draft: Draft,
  effect: EntryEffect,
  add: (message: Pick<MessageRow, 'bodyKind' | 'detail'>) => boolean,
): void {
  const { entry } = effect;
  const item = findOutboxItem(sql, draft.key, entry.transactionId);
  if (item === null) {
    const known = findMessage(sql, draft.key, entry.transactionId);
    if (known?.state === 'sent' && known.senderDevice === entry.sender.deviceId) return;
    storeUnreadable(sql, draft.key, entry.seq, 'own_message', effect.bytes);
    add({ bodyKind: 'unreadable', detail: 'own_message' });
    return;
  }
  // Others were shown something else under its name: they, or later devices, cannot open it.
  if (!isAsSealed(item, entry)) {
    const fault = { reason: 'broken', seq: entry.seq, accountId: null } as const;
    raiseLogAlarm(sql, changes, draft, fault, device.clock.now());
  }
  deleteOutboxItem(sql, item.position);
  if (item.kind === 'receipt') return;
  moveMessage(sql, draft.key, item.transactionId, { order: entry.seq, state: 'sent' });
  draft.lastActivityMs = Math.max(draft.lastActivityMs, entry.acceptedAtMs);
  changes.message(draft.conversationId, item.transactionId);
}

/**
 * The entry's transaction id, or a fresh id where it is taken: ids are chosen by senders, and one sender must
 * not be able to replace what another one wrote.
 */
function freeMessageId(
  device: DeviceContext,
  sql: Sql,
  key: ConversationKey,
  wanted: TransactionId,
): TransactionId {
  return findMessage(sql, key, wanted) === null ? wanted : randomId<TransactionId>(device.provider);
}

function clampSeq(seq: bigint, limit: number): bigint {
  return seq < BigInt(limit) ? seq : BigInt(limit);
}

/** What was opened before, from the log or from history, and comes again: it is shown once. */
function isRepeated(
  sql: Sql,
  key: ConversationKey,
  { entry, reason }: EntryEffect & { readonly kind: 'unreadable' },
): boolean {
  if (reason !== 'replayed' && reason !== 'stale_epoch') return false;
  const known = findMessage(sql, key, entry.transactionId);
  return known?.bodyKind === 'text' && known.senderDevice === entry.sender.deviceId;
}
