/**
 * Whether the account tells others what it has read (spec/client.md, "Receipts"); who does not is not told either. Kept in
 * the account's item about itself.
 */
import type { ReceiptChoiceView } from '../api.ts';
import { type ConversationKey, listConversations } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { changeOwnState, everywhere, findOwnItem, nextChangeMs } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';

export function receiptChoice(sql: Sql): ReceiptChoiceView {
  return { on: findOwnItem(sql, everywhere)?.state.receipts.off !== true };
}

export async function setReadReceipts(device: DeviceContext, on: boolean): Promise<void> {
  const keys = await device.steps.run(async (step): Promise<ConversationKey[]> => {
    if (step.read(receiptChoice).on === on) return [];
    const nowMs = device.clock.now();
    return step.commit((sql, changes) => {
      // What was read while nobody was told of it stays so.
      if (on) sql.run('UPDATE conversation SET told_read = max(told_read, own_read)');
      const receipts = { changedAtMs: nextChangeMs(sql, nowMs), off: !on };
      changeOwnState(
        sql,
        { conversationId: everywhere, logId: everywhere, state: 'ready' },
        { receipts },
        nowMs,
      );
      return showReceiptChoice(sql, changes);
    });
  });
  device.ownState.wake();
  for (const key of keys) device.wake(key);
}

/** It shows in every conversation. */
export function showReceiptChoice(sql: Sql, changes: Changes): ConversationKey[] {
  changes.receiptChoice();
  return listConversations(sql).map(({ key, conversationId }) => {
    changes.conversation(conversationId);
    return key;
  });
}
