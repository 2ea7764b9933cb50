import { type ConversationId, limits } from '@sotto/protocol';
import type { DraftView } from '../api.ts';
import { findConversation, updateConversation } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { refKey } from '../messages/messageRef.ts';
import { findMessage, messagesByRef, refOf } from '../messages/messageTable.ts';
import { refOfKey } from '../ownState/conversationState.ts';
import { tellDraft } from './tellDraft.ts';

/** While somebody writes, other devices are told about as often. */
const itemDelayMs = 3_000;

/**
 * What is being written here and, where it is short enough for an item and will not disappear, on the account's other
 * devices. Longer ones than could ever be sent twice over are cut.
 */
export async function saveDraft(
  device: DeviceContext,
  conversationId: ConversationId,
  { text, replyTo }: DraftView,
): Promise<void> {
  const draft = text.slice(0, 2 * limits.textSizeBytes).toWellFormed();
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    if (row === null) return;
    const replied = replyTo === null ? null : step.read((sql) => findMessage(sql, row.key, replyTo));
    const draftReply = replied === null ? '' : refKey(refOf(replied));
    if (row.draft === draft && row.draftReply === draftReply) return;
    const nowMs = device.clock.now();
    await step.commit((sql, changes) => {
      updateConversation(sql, row.key, { draft, draftReply });
      tellDraft(sql, row, { text: draft, replyTo: draftReply }, nowMs, nowMs + itemDelayMs);
      changes.conversation(conversationId);
    });
    device.ownState.wake();
  });
}

export function readDraft(device: DeviceContext, conversationId: ConversationId): DraftView {
  return device.database.read((sql) => {
    const row = findConversation(sql, conversationId);
    if (row === null) return { text: '', replyTo: null };
    const ref = refOfKey(row.draftReply);
    const replied = ref === null ? undefined : messagesByRef(sql, row.key, ref)[0];
    return { text: row.draft, replyTo: replied?.messageId ?? null };
  });
}
