import type { Deposit, DeviceRef } from '@sotto/crypto';
import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import type { Row, Sql } from '../ports.ts';

/** A deposit as the keyring has it: who made it is the server's word until it is opened. */
export interface DepositRow {
  /** In the keyring. */
  readonly seq: number;
  readonly deposit: Deposit;
  readonly depositor: DeviceRef;
}

/** So many of one epoch are kept: a member that deposits more only spoils its own place. */
const keptPerEpoch = 16;

function fromRow(row: Row): DepositRow {
  return {
    seq: row.seq as number,
    deposit: {
      conversationId: row.log_id as ConversationId,
      epoch: BigInt(row.epoch as number),
      enc: row.enc as Uint8Array,
      sealed: row.sealed as Uint8Array,
      signature: row.signature as Uint8Array,
    },
    depositor: { accountId: row.sender_account as AccountId, deviceId: row.sender_device as DeviceId },
  };
}

export function insertDeposit(sql: Sql, { seq, deposit, depositor }: DepositRow): void {
  const { conversationId, epoch, enc, sealed, signature } = deposit;
  const count = sql.get(
    'SELECT count(*) AS n FROM deposit WHERE log_id = ? AND epoch = ? AND sender_account = ?',
    conversationId,
    Number(epoch),
    depositor.accountId,
  )?.n;
  if ((count as number) >= keptPerEpoch) return;
  sql.run(
    'INSERT OR REPLACE INTO deposit VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    seq,
    conversationId,
    Number(epoch),
    depositor.accountId,
    depositor.deviceId,
    enc,
    sealed,
    signature,
  );
}

export function readDeposits(sql: Sql, logId: ConversationId, epoch: bigint): DepositRow[] {
  return sql
    .all('SELECT * FROM deposit WHERE log_id = ? AND epoch = ? ORDER BY seq', logId, Number(epoch))
    .map(fromRow);
}

export function deleteDeposit(sql: Sql, seq: number): void {
  sql.run('DELETE FROM deposit WHERE seq = ?', seq);
}

export function readKeyringCursor(sql: Sql): number {
  return Number(sql.get('SELECT keyring_cursor FROM device')?.keyring_cursor ?? 0);
}

export function setKeyringCursor(sql: Sql, seq: number): void {
  sql.run('UPDATE device SET keyring_cursor = ?', seq);
}
