import type { AccountId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

export interface AccountReceipt {
  readonly accountId: AccountId;
  readonly delivered: number;
  readonly read: number;
}

export function readReceipts(sql: Sql, conversation: ConversationKey): AccountReceipt[] {
  return sql
    .all('SELECT account_id, delivered, read FROM receipt WHERE conversation = ?', conversation)
    .map((row) => ({
      accountId: row.account_id as AccountId,
      delivered: row.delivered as number,
      read: row.read as number,
    }));
}

/** Both only grow; whoever read has received. */
export function raiseReceipt(sql: Sql, conversation: ConversationKey, receipt: AccountReceipt): void {
  sql.run(
    `INSERT INTO receipt VALUES (?1, ?2, ?3, ?4) ON CONFLICT (conversation, account_id)
     DO UPDATE SET delivered = max(delivered, ?3), read = max(read, ?4)`,
    conversation,
    receipt.accountId,
    Math.max(receipt.delivered, receipt.read),
    receipt.read,
  );
}
