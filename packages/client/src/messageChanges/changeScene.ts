import type { AccountId } from '@sotto/protocol';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import type { MessageRef } from '../messages/messageRef.ts';
import { readReplies } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';

/** A conversation in a step that stores what its entries say. */
export interface ChangeScene {
  readonly sql: Sql;
  readonly changes: Changes;
  readonly self: AccountId;
  readonly row: Pick<ConversationRow, 'key' | 'conversationId'>;
}

/** So many messages that quote a changed one are told anew. */
const toldReplies = 200;

/** Views show anew what quotes this message. */
export function tellReplies({ sql, changes, row }: Omit<ChangeScene, 'self'>, message: MessageRef): void {
  for (const messageId of readReplies(sql, row.key, message.transactionId, toldReplies)) {
    changes.message(row.conversationId, messageId);
  }
}
