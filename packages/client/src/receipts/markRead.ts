import type { ConversationId } from '@sotto/protocol';
import { findConversation, updateConversation } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { mergeDisplayed, withoutExpired } from '../disappearing/displayed.ts';
import { awaitsDisplay, startDisplayed } from '../disappearing/messageClocks.ts';
import { countUnread, newestReceivedUpTo } from '../messages/messageTable.ts';
import { changeOwnState, nextChangeMs, readOwnState } from '../ownState/ownStateTable.ts';

/** Several pages read within it become one item. */
const itemDelayMs = 1_000;

/**
 * What is shown up to `order` counts as read: unread counts here at once, members are told by the log and the account's
 * other devices by its item, a moment later. What the user wanted shown as unread no longer is.
 */
export async function markRead(
  device: DeviceContext,
  conversationId: ConversationId,
  order: number,
): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    if (row === null) return;
    const { newest, isMarked } = step.read((sql) => ({
      newest: order > row.ownRead ? newestReceivedUpTo(sql, row.key, order) : 0,
      isMarked: readOwnState(sql, row).unread.unread,
    }));
    if (newest <= row.ownRead && !isMarked) return;
    const read = Math.max(newest, row.ownRead);
    const nowMs = device.clock.now();
    const shownAtMs = device.serverClock.nowMs();
    await step.commit((sql, changes) => {
      if (awaitsDisplay(sql, row.key, read)) {
        startDisplayed(sql, changes, row.key, read, shownAtMs);
        device.serverClock.store(sql);
        const displayed = withoutExpired(readOwnState(sql, row).displayed, shownAtMs);
        const step = { throughSeq: read, atMs: shownAtMs };
        changeOwnState(sql, row, { displayed: mergeDisplayed(displayed, [step]) }, nowMs);
      }
      updateConversation(sql, row.key, { ownRead: read, unreadCount: countUnread(sql, row.key, read) });
      const unread = { changedAtMs: nextChangeMs(sql, nowMs), unread: false };
      changeOwnState(sql, row, { readSeq: read, ...(isMarked ? { unread } : {}) }, nowMs + itemDelayMs);
      changes.conversation(conversationId);
    });
    device.wake(row.key);
    device.ownState.wake();
  });
}

/** Shows as unread, on all of the account's devices, until it is opened; nobody else is told. */
export async function markUnread(device: DeviceContext, conversationId: ConversationId): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    if (row === null || step.read((sql) => readOwnState(sql, row)).unread.unread) return;
    const nowMs = device.clock.now();
    await step.commit((sql, changes) => {
      const unread = { changedAtMs: nextChangeMs(sql, nowMs), unread: true };
      changeOwnState(sql, row, { unread }, nowMs + itemDelayMs);
      changes.conversation(conversationId);
    });
    device.ownState.wake();
  });
}
