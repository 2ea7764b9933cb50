import { type ConversationRow, updateConversation } from '../conversations/conversationTable.ts';
import type { Step } from '../device/steps.ts';
import { deleteGroup, deletePending } from './groupTable.ts';

/**
 * What is stored of the group does not decode (a damaged disk): it is gone, and this device rejoins as for
 * healing. Its messages stay, and its log is read on for its own.
 */
export async function loseGroup(step: Step, row: ConversationRow): Promise<void> {
  await step.commit((sql, changes) => {
    deleteGroup(sql, row.key);
    deletePending(sql, row.key);
    updateConversation(sql, row.key, { broken: true });
    changes.conversation(row.conversationId);
  });
}
