/**
 * When each member told that it had a message, or had read it (spec/client.md, "Receipts"). Invariant: a time stands for exactly
 * those entries that the receipt told of first, so what was let go of, or told before this device came, has none, not a false one.
 */
import type { AccountId } from '@sotto/protocol';
import type { MemberReceiptView } from '../api.ts';
import type { ConversationKey, ConversationRow } from '../conversations/conversationTable.ts';
import { memberIds } from '../conversations/members.ts';
import type { Sql } from '../ports.ts';
import type { ViewNames } from '../views/messageView.ts';
import { receiptChoice } from './receiptChoice.ts';
import { deliveredMembers, readMembers } from './receiptDelay.ts';
import { type AccountReceipt, raiseReceipt, readReceipt } from './receiptTable.ts';

/** Of each member and kind the latest are kept. */
const timesKept = 200;

/** As `raiseReceipt`, of an entry that the server took at `atMs`. */
export function noteReceipt(
  sql: Sql,
  conversation: ConversationKey,
  receipt: AccountReceipt,
  atMs: number,
): void {
  const { accountId } = receipt;
  const before = readReceipt(sql, conversation, accountId);
  raiseReceipt(sql, conversation, receipt);
  const after = readReceipt(sql, conversation, accountId);
  for (const kind of ['delivered', 'read'] as const) {
    if (after[kind] <= before[kind]) continue;
    sql.run(
      'INSERT OR IGNORE INTO receipt_time VALUES (?, ?, ?, ?, ?, ?)',
      conversation,
      accountId,
      kind,
      before[kind],
      after[kind],
      atMs,
    );
    sql.run(
      `DELETE FROM receipt_time WHERE conversation = ?1 AND account_id = ?2 AND kind = ?3 AND through <= (
         SELECT through FROM receipt_time WHERE conversation = ?1 AND account_id = ?2 AND kind = ?3
         ORDER BY through DESC LIMIT 1 OFFSET ?4)`,
      conversation,
      accountId,
      kind,
      timesKept,
    );
  }
}

/** Every other member, of the message at `order`; none in conversations too large for receipts. */
export function memberReceipts(
  names: ViewNames,
  sql: Sql,
  row: ConversationRow,
  order: number,
): MemberReceiptView[] {
  const members = memberIds(sql, names.self, row);
  if (members.length > readMembers) return [];
  const isTold = receiptChoice(sql).on;
  return members
    .filter((accountId) => accountId !== names.self)
    .map((accountId) => {
      const receipt = readReceipt(sql, row.key, accountId);
      const isRead = isTold && receipt.read >= order;
      // In such groups only what was read is told.
      const isDelivered = members.length > deliveredMembers ? isRead : receipt.delivered >= order;
      return {
        account: names.account(accountId),
        isDelivered,
        isRead,
        deliveredAtMs: timeOf(sql, row.key, accountId, 'delivered', order),
        readAtMs: isTold ? timeOf(sql, row.key, accountId, 'read', order) : null,
      };
    });
}

function timeOf(
  sql: Sql,
  conversation: ConversationKey,
  accountId: AccountId,
  kind: 'delivered' | 'read',
  order: number,
): number | null {
  const row = sql.get(
    `SELECT above, at_ms FROM receipt_time
     WHERE conversation = ? AND account_id = ? AND kind = ? AND through >= ? ORDER BY through LIMIT 1`,
    conversation,
    accountId,
    kind,
    order,
  );
  return row !== undefined && (row.above as number) < order ? (row.at_ms as number) : null;
}
