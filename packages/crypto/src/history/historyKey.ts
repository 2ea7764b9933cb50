/** History keys (spec/history.md, "History keys"): each epoch of a conversation has one, from the group's exporter. */
import { exportSecret } from '@sotto/mls';
import { idToBytes } from '@sotto/protocol';
import type { ConversationGroup } from '../group/types.ts';

/** Label for the MLS exporter (RFC 9420 §8.5). */
const exporterLabel = 'sotto history';
export const historyKeySizeBytes = 32;

/** The same for every device in the group in this epoch, and chosen by none of them. Secret; a copy. */
export function historyKeyOf(group: ConversationGroup): Uint8Array {
  return exportSecret(group.state, exporterLabel, idToBytes(group.conversationId), historyKeySizeBytes);
}
