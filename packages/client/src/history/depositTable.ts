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
/** And of those with several epochs, which are tried for each of them: some nine hundred epochs fit one. */
const severalKept = 64;

function fromRow(row: Row): DepositRow {
  return {
    seq: row.seq as number,
    deposit: {
      conversationId: row.log_id as ConversationId,
      epoch: BigInt(row.epoch as number),
      ...(row.first_epoch === null ? {} : { firstEpoch: BigInt(row.first_epoch as number) }),
      enc: row.enc as Uint8Array,
      sealed: row.sealed as Uint8Array,
      signature: row.signature as Uint8Array,
    },
    depositor: { accountId: row.sender_account as AccountId, deviceId: row.sender_device as DeviceId },
  };
}

export function insertDeposit(sql: Sql, { seq, deposit, depositor }: DepositRow): void {
  const { conversationId, epoch, firstEpoch, enc, sealed, signature } = deposit;
  const count = sql.get(
    'SELECT count(*) AS n FROM deposit WHERE log_id = ? AND epoch = ? AND sender_account = ?',
    conversationId,
    Number(epoch),
    depositor.accountId,
  )?.n;
  if ((count as number) >= keptPerEpoch) return;
  if (firstEpoch !== undefined && countSeveral(sql, conversationId, depositor.accountId) >= severalKept)
    return;
  sql.run(
    'INSERT OR REPLACE INTO deposit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    seq,
    conversationId,
    Number(epoch),
    depositor.accountId,
    depositor.deviceId,
    enc,
    sealed,
    signature,
    firstEpoch === undefined ? null : Number(firstEpoch),
  );
}

function countSeveral(sql: Sql, logId: ConversationId, account: AccountId): number {
  const row = sql.get(
    'SELECT count(*) AS n FROM deposit WHERE log_id = ? AND sender_account = ? AND first_epoch IS NOT NULL',
    logId,
    account,
  );
  return row?.n as number;
}

/** Deposits of an epoch alone, and those of several that may have it among them. */
export function readDeposits(sql: Sql, logId: ConversationId, epoch: bigint): DepositRow[] {
  return sql
    .all(
      `SELECT * FROM deposit WHERE log_id = ?1 AND epoch = ?2
       UNION SELECT * FROM deposit
         WHERE log_id = ?1 AND first_epoch IS NOT NULL AND first_epoch <= ?2 AND epoch > ?2 ORDER BY seq`,
      logId,
      Number(epoch),
    )
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

/** Epochs of which there are deposits that were not opened. */
export function depositedEpochs(sql: Sql, logId: ConversationId): bigint[] {
  return sql
    .all('SELECT DISTINCT epoch FROM deposit WHERE log_id = ?', logId)
    .map((row) => BigInt(row.epoch as number));
}
