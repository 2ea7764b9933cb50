import type { AccountId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

/** An account that is to be given the history keys of the epochs before `epoch`. */
export interface Share {
  readonly accountId: AccountId;
  readonly epoch: bigint;
}

export function noteShare(sql: Sql, key: ConversationKey, accountId: AccountId, epoch: bigint): void {
  sql.run('INSERT OR REPLACE INTO group_share VALUES (?, ?, ?)', key, accountId, Number(epoch));
}

export function nextShare(sql: Sql, key: ConversationKey): Share | null {
  const row = sql.get('SELECT * FROM group_share WHERE conversation = ? LIMIT 1', key);
  if (row === undefined) return null;
  return { accountId: row.account_id as AccountId, epoch: BigInt(row.epoch as number) };
}

export function deleteShare(sql: Sql, key: ConversationKey, { accountId }: Share): void {
  sql.run('DELETE FROM group_share WHERE conversation = ? AND account_id = ?', key, accountId);
}
