import { type ConversationId, limits } from '@sotto/protocol';
import { findConversation, updateConversation } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';

/** Kept on this device only. Longer ones than could ever be sent twice over are cut. */
export async function saveDraft(
  device: DeviceContext,
  conversationId: ConversationId,
  text: string,
): Promise<void> {
  const draft = text.slice(0, 2 * limits.textSizeBytes);
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    if (row === null || row.draft === draft) return;
    await step.commit((sql, changes) => {
      updateConversation(sql, row.key, { draft });
      changes.conversation(conversationId);
    });
  });
}

export function readDraft(device: DeviceContext, conversationId: ConversationId): string {
  return device.database.read((sql) => findConversation(sql, conversationId))?.draft ?? '';
}
