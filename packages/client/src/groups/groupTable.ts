import type { ConversationGroup, GroupDelta, GroupRecord, GroupSection, StoredGroup } from '@sotto/crypto';
import type { TransactionId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

/** By the number that stands for them in `group_record`. */
const sections: readonly GroupSection[] = ['core', 'tree', 'secrets', 'proposals'];

/** Null where there is none. */
export function readGroup(sql: Sql, conversation: ConversationKey): StoredGroup | null {
  const head = sql.get('SELECT suite FROM group_state WHERE conversation = ?', conversation);
  if (head === undefined) return null;
  const records: GroupRecord[] = [];
  const rows = sql.all('SELECT section, idx, value FROM group_record WHERE conversation = ?', conversation);
  for (const { section, idx, value } of rows) {
    const name = sections[section as number];
    if (name !== undefined) records.push({ section: name, index: idx as number, value: value as Uint8Array });
  }
  return { suite: head.suite as number, records };
}

/** Overwrites what was read, once it is decoded. */
export function eraseRecords({ records }: StoredGroup): void {
  for (const { section, value } of records) if (section !== 'tree') value.fill(0);
}

/** Writes what changed, and the head where the epoch did. What goes is overwritten (`secure_delete`, spec/sdk.md). */
export function storeGroup(
  sql: Sql,
  conversation: ConversationKey,
  change: { readonly delta: GroupDelta; readonly group: ConversationGroup; readonly isSameEpoch: boolean },
): void {
  const { delta, group, isSameEpoch } = change;
  if (!isSameEpoch) {
    sql.run(
      `INSERT INTO group_state (conversation, epoch, suite) VALUES (?1, ?2, ?3)
       ON CONFLICT (conversation) DO UPDATE SET epoch = ?2, suite = ?3`,
      conversation,
      Number(group.epoch),
      group.suite,
    );
  }
  for (const section of delta.clear) {
    sql.run(
      'DELETE FROM group_record WHERE conversation = ? AND section = ?',
      conversation,
      sections.indexOf(section),
    );
  }
  for (const { section, index } of delta.remove) {
    sql.run(
      'DELETE FROM group_record WHERE conversation = ? AND section = ? AND idx = ?',
      conversation,
      sections.indexOf(section),
      index,
    );
  }
  for (const { section, index, value } of delta.put) {
    sql.run(
      `INSERT INTO group_record (conversation, section, idx, value) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (conversation, section, idx) DO UPDATE SET value = ?4`,
      conversation,
      sections.indexOf(section),
      index,
      value,
    );
  }
}

/** For a group that is lost; one that replaces another is stored in its place. */
export function deleteGroup(sql: Sql, conversation: ConversationKey): void {
  sql.run('DELETE FROM group_state WHERE conversation = ?', conversation);
  sql.run('DELETE FROM group_record WHERE conversation = ?', conversation);
}

/** Why an own commit was made. */
export type CommitPurpose = 'create' | 'join' | 'heal' | 'remove' | 'policy' | 'group';

export interface PendingRow {
  readonly transactionId: TransactionId;
  readonly purpose: CommitPurpose;
  readonly baseEpoch: number;
  /** The server has it; it is merged when seen in the log. */
  readonly accepted: boolean;
  /** See openPending.ts. */
  readonly pending: Uint8Array;
  /** See history/deposits.ts; null for none. */
  readonly deposits: Uint8Array | null;
  /** Beside a commit that changes a group of people; null for none. */
  readonly note: Uint8Array | null;
  /** Of the wish that it fulfils (groupChangeTable.ts). */
  readonly changeId: string | null;
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
    note: row.note as Uint8Array | null,
    changeId: row.change_id as string | null,
  };
}

export function storePending(sql: Sql, conversation: ConversationKey, row: PendingRow): void {
  sql.run(
    `INSERT INTO pending_commit
       (conversation, transaction_id, purpose, base_epoch, accepted, pending, deposits, note, change_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    conversation,
    row.transactionId,
    row.purpose,
    row.baseEpoch,
    Number(row.accepted),
    row.pending,
    row.deposits,
    row.note,
    row.changeId,
  );
}

export function markPendingAccepted(sql: Sql, conversation: ConversationKey): void {
  sql.run('UPDATE pending_commit SET accepted = 1 WHERE conversation = ?', conversation);
}

export function deletePending(sql: Sql, conversation: ConversationKey): void {
  sql.run('DELETE FROM pending_commit WHERE conversation = ?', conversation);
}
