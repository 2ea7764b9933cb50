import type { ConversationId } from '@sotto/protocol';
import { findConversation, listConversations } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { choose } from './historyChoice.ts';

/** Stores what the user chose; the conversation's work puts it into the policy (spec/history.md, "History off"). */
export async function setConversationHistory(
  device: DeviceContext,
  conversationId: ConversationId,
  on: boolean,
): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    if (row === null) return;
    await step.commit((sql, changes) => {
      choose(sql, row, !on, device.clock.now());
      changes.conversation(conversationId);
      changes.historyChoice();
    });
    device.wake(row.key);
  });
  device.ownState.wake();
}

/** The same for all conversations of the account. Nothing waits for them: each is changed when its turn comes. */
export async function setAccountHistory(device: DeviceContext, on: boolean): Promise<void> {
  await device.steps.run(async (step) => {
    const rows = step.read(listConversations);
    await step.commit((sql, changes) => {
      choose(sql, null, !on, device.clock.now());
      for (const { conversationId } of rows) changes.conversation(conversationId);
      changes.historyChoice();
    });
    for (const { key } of rows) device.wake(key);
  });
  device.ownState.wake();
}
