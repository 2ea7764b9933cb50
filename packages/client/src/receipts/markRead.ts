import type { ConversationId } from '@sotto/protocol';
import { findConversation, updateConversation } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { countUnread, newestReceivedUpTo } from '../messages/messageTable.ts';
import { changeOwnState } from '../ownState/ownStateTable.ts';

/** Several pages read within it become one item. */
const itemDelayMs = 1_000;

/**
 * What is shown up to `order` counts as read: unread counts here at once, members are told by the log and the account's
 * other devices by its item, a moment later.
 */
export async function markRead(
  device: DeviceContext,
  conversationId: ConversationId,
  order: number,
): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    if (row === null || !(order > row.ownRead)) return;
    const read = step.read((sql) => newestReceivedUpTo(sql, row.key, order));
    if (read <= row.ownRead) return;
    await step.commit((sql, changes) => {
      updateConversation(sql, row.key, { ownRead: read, unreadCount: countUnread(sql, row.key, read) });
      changeOwnState(sql, row, { readSeq: read }, device.clock.now() + itemDelayMs);
      changes.conversation(conversationId);
    });
    device.wake(row.key);
    device.ownState.wake();
  });
}
