import { applyViewed } from '../attachments/viewLimit.ts';
import {
  type ConversationKey,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { isDisappearedLine } from '../disappearing/disappearedLine.ts';
import { noteRefusedCommit } from '../groups/refusedCommit.ts';
import { isGap } from '../history/historyGaps.ts';
import { addSpan } from '../history/spanTable.ts';
import { hasChangeBy } from '../messageChanges/messageChangeTable.ts';
import { deleteMessage, findMessage, findMessageAt, isSaid } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import { applyForeignCommit, applyOwnCommit, applySelfRemoved } from './applyCommit.ts';
import {
  applyCallOf,
  applyGroupCallOf,
  applyMessageChange,
  applyOwnMessage,
  applyReceipt,
  applyText,
  tellDisappeared,
} from './applyMessage.ts';
import { type ConversationDraft, EntryScene } from './entryScene.ts';
import type { EntryEffect } from './readEntries.ts';
import { storeUnreadable } from './unreadableTable.ts';

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
  const draft: ConversationDraft = { ...row };
  for (const effect of effects) {
    applyOne(new EntryScene(device, sql, changes, draft, effect.entry), effect);
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
    timerSeconds: draft.timerSeconds,
  });
  addSpan(sql, key, { fromSeq: row.cursor + 1, toSeq: draft.cursor });
  changes.conversation(row.conversationId);
}

function applyOne(scene: EntryScene, effect: EntryEffect): void {
  const { sql, draft, entry } = scene;
  // History took it for what this device cannot have, and a Welcome came after that; or for gone, which it is not yet.
  const stated = findMessageAt(sql, draft.key, entry.seq);
  const isNotGone = effect.kind !== 'disappeared' && isDisappearedLine(stated);
  if (stated !== null && (isGap(stated) || isNotGone)) {
    deleteMessage(sql, draft.key, stated.messageId);
    scene.changes.removedMessage(draft.conversationId, stated.messageId);
  }
  switch (effect.kind) {
    case 'text':
      applyText(scene, effect);
      return;
    case 'receipt':
      applyReceipt(scene, effect);
      return;
    case 'reaction':
    case 'edit':
    case 'deletion':
    case 'pin':
      applyMessageChange(scene, effect);
      return;
    case 'viewed':
      applyViewed(scene.device.self.accountId, sql, scene.changes, draft, {
        account: effect.sender.accountId,
        viewId: entry.transactionId,
        ref: effect.message,
      });
      return;
    case 'call':
      applyCallOf(scene, effect);
      return;
    case 'groupCall':
      applyGroupCallOf(scene, effect);
      return;
    case 'disappeared':
      tellDisappeared(scene);
      return;
    case 'ownMessage':
      applyOwnMessage(scene, effect);
      return;
    case 'ownCommit':
      applyOwnCommit(scene, effect);
      return;
    case 'commit':
      applyForeignCommit(scene, effect);
      return;
    case 'selfRemoved':
      applySelfRemoved(scene, effect);
      return;
    case 'unreadable':
      applyUnreadable(scene, effect);
      return;
  }
}

function applyUnreadable(scene: EntryScene, effect: EntryEffect & { readonly kind: 'unreadable' }): void {
  const { sql, draft, entry } = scene;
  if (effect.refusedCommit !== undefined) noteRefusedCommit(sql, draft, effect.refusedCommit);
  if (isRepeated(sql, draft.key, effect)) return;
  // Of what passes nothing stays, readable or not.
  const isKept = effect.isFinal !== true && !entry.isPassing;
  const kept = isKept ? effect.bytes : new Uint8Array(0);
  storeUnreadable(sql, draft.key, entry.seq, effect.reason, kept);
  scene.add({ bodyKind: 'unreadable', detail: effect.reason });
  if (effect.lost) draft.broken = true;
}

/** What was opened before, from the log or from history, and comes again: it is shown once. */
function isRepeated(
  sql: Sql,
  key: ConversationKey,
  { entry, reason }: EntryEffect & { readonly kind: 'unreadable' },
): boolean {
  if (reason !== 'replayed' && reason !== 'stale_epoch') return false;
  const known = findMessage(sql, key, entry.transactionId);
  if (known !== null && isSaid(known)) return known.senderDevice === entry.sender.deviceId;
  return hasChangeBy(sql, key, entry.transactionId, entry.sender.deviceId);
}
