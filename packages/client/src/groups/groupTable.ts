import type { EncodedGroup } from '@sotto/crypto';
import type { TransactionId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

export function readGroup(sql: Sql, conversation: ConversationKey): EncodedGroup | null {
  const row = sql.get(
    `SELECT private_state, tree FROM group_state JOIN group_tree USING (conversation) WHERE conversation = ?`,
    conversation,
  );
  if (row === undefined) return null;
  return { privateState: row.private_state as Uint8Array, tree: row.tree as Uint8Array };
}

/** The tree is written only where the epoch is another than the stored one. */
export function storeGroup(
  sql: Sql,
  conversation: ConversationKey,
  epoch: bigint,
  group: EncodedGroup,
): void {
  sql.run(
    `INSERT INTO group_state VALUES (?1, ?2, ?3)
     ON CONFLICT (conversation) DO UPDATE SET epoch = ?2, private_state = ?3`,
    conversation,
    Number(epoch),
    group.privateState,
  );
  const stored = sql.get('SELECT epoch FROM group_tree WHERE conversation = ?', conversation)?.epoch;
  if (stored === Number(epoch)) return;
  sql.run(
    `INSERT INTO group_tree VALUES (?1, ?2, ?3) ON CONFLICT (conversation) DO UPDATE SET epoch = ?2, tree = ?3`,
    conversation,
    Number(epoch),
    group.tree,
  );
}

/** For a group that was replaced at the same epoch (healing): the tree is to be written anew. */
export function deleteGroup(sql: Sql, conversation: ConversationKey): void {
  sql.run('DELETE FROM group_state WHERE conversation = ?', conversation);
  sql.run('DELETE FROM group_tree WHERE conversation = ?', conversation);
}

/** Why an own commit was made. */
export type CommitPurpose = 'create' | 'join' | 'heal' | 'remove' | 'policy';

export interface PendingRow {
  readonly transactionId: TransactionId;
  readonly purpose: CommitPurpose;
  readonly baseEpoch: number;
  /** The server has it; it is merged when seen in the log. */
  readonly accepted: boolean;
  readonly pending: Uint8Array;
  /** See history/deposits.ts; null for none. */
  readonly deposits: Uint8Array | null;
}

export function readPending(sql: Sql, conversation: ConversationKey): PendingRow | null {
  const row = sql.get('SELECT * FROM pending_commit WHERE conversation = ?', conversation);
  if (row === undefined) return null;
  return {
    transactionId: row.transaction_id as TransactionId,
    purpose: row.purpose as CommitPurpose,
    baseEpoch: row.base_epoch as number,
    accepted: row.accepted === 1,
    pending: row.pending as Uint8Array,
    deposits: row.deposits as Uint8Array | null,
  };
}

export function storePending(sql: Sql, conversation: ConversationKey, row: PendingRow): void {
  sql.run(
    `INSERT INTO pending_commit (conversation, transaction_id, purpose, base_epoch, accepted, pending, deposits)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    conversation,
    row.transactionId,
    row.purpose,
    row.baseEpoch,
    Number(row.accepted),
    row.pending,
    row.deposits,
  );
}

export function markPendingAccepted(sql: Sql, conversation: ConversationKey): void {
  sql.run('UPDATE pending_commit SET accepted = 1 WHERE conversation = ?', conversation);
}

export function deletePending(sql: Sql, conversation: ConversationKey): void {
  sql.run('DELETE FROM pending_commit WHERE conversation = ?', conversation);
}
