import type { AccountId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';
import { deliveredMembers, readMembers } from './receiptDelay.ts';

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

/** What an account has told; 0 where it has not. */
export function readReceipt(
  sql: Sql,
  conversation: ConversationKey,
  accountId: AccountId,
): Pick<AccountReceipt, 'delivered' | 'read'> {
  const row = sql.get(
    'SELECT delivered, read FROM receipt WHERE conversation = ? AND account_id = ?',
    conversation,
    accountId,
  );
  return {
    delivered: (row?.delivered as number | undefined) ?? 0,
    read: (row?.read as number | undefined) ?? 0,
  };
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

/** The least that every other member of a group has; 0 where one of them has told nothing. */
export function leastReceipt(
  sql: Sql,
  self: AccountId,
  conversation: ConversationKey,
  members: number,
): Pick<AccountReceipt, 'delivered' | 'read'> {
  if (members > readMembers) return { delivered: 0, read: 0 };
  const row = sql.get(
    `SELECT coalesce(min(coalesce(delivered, 0)), 0) AS delivered, coalesce(min(coalesce(read, 0)), 0) AS read
     FROM group_member LEFT JOIN receipt USING (conversation, account_id)
     WHERE conversation = ? AND is_member = 1 AND account_id <> ?`,
    conversation,
    self,
  );
  const read = row?.read as number;
  return { delivered: members > deliveredMembers ? read : (row?.delivered as number), read };
}
