import type { ConversationId } from '@sotto/protocol';
import type { Sql } from '../ports.ts';

export interface EpochKey {
  readonly logId: ConversationId;
  readonly epoch: bigint;
  readonly historyKey: Uint8Array;
  /** From this device's own group, so certainly the one that members use. */
  readonly derived: boolean;
}

export function insertEpochKey(sql: Sql, key: EpochKey): void {
  sql.run(
    `INSERT INTO epoch_key (log_id, epoch, history_key, derived) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT DO UPDATE SET derived = max(derived, excluded.derived)`,
    key.logId,
    Number(key.epoch),
    key.historyKey,
    Number(key.derived),
  );
}

/** Keys of one epoch, a derived one first. */
export function readEpochKeys(sql: Sql, logId: ConversationId, epoch: bigint): Uint8Array[] {
  return sql
    .all(
      'SELECT history_key FROM epoch_key WHERE log_id = ? AND epoch = ? ORDER BY derived DESC',
      logId,
      Number(epoch),
    )
    .map((row) => row.history_key as Uint8Array);
}

/** Whether there is a key, or a deposit, of this epoch: there is none where it began with history off. */
export function hasEpochKey(sql: Sql, logId: ConversationId, epoch: bigint): boolean {
  return (
    sql.get(
      `SELECT 1 FROM epoch_key WHERE log_id = ?1 AND epoch = ?2
       UNION ALL SELECT 1 FROM deposit WHERE log_id = ?1 AND epoch = ?2 LIMIT 1`,
      logId,
      Number(epoch),
    ) !== undefined
  );
}

/** Whether there is a key, or a deposit, of any epoch before `epoch`. */
export function hasEarlierKeys(sql: Sql, logId: ConversationId, epoch: bigint): boolean {
  return (
    sql.get(
      `SELECT 1 FROM epoch_key WHERE log_id = ?1 AND epoch < ?2
       UNION ALL SELECT 1 FROM deposit WHERE log_id = ?1 AND epoch < ?2 LIMIT 1`,
      logId,
      Number(epoch),
    ) !== undefined
  );
}

/** Keys that this device derived and has not compared with what is deposited for its account yet. */
export function undepositedKeys(sql: Sql, limit: number): EpochKey[] {
  return sql.all('SELECT * FROM epoch_key WHERE derived = 1 AND deposited = 0 LIMIT ?', limit).map((row) => ({
    logId: row.log_id as ConversationId,
    epoch: BigInt(row.epoch as number),
    historyKey: row.history_key as Uint8Array,
    derived: true,
  }));
}

/** The account's keyring has this key. */
export function markDeposited(sql: Sql, { logId, epoch }: Pick<EpochKey, 'logId' | 'epoch'>): void {
  sql.run('UPDATE epoch_key SET deposited = 1 WHERE log_id = ? AND epoch = ?', logId, Number(epoch));
}

/** Whether the key is here for certain, so that no deposit of it is needed. */
export function isDeposited(sql: Sql, logId: ConversationId, epoch: bigint): boolean {
  return (
    sql.get(
      'SELECT 1 FROM epoch_key WHERE log_id = ? AND epoch = ? AND derived = 1 AND deposited = 1',
      logId,
      Number(epoch),
    ) !== undefined
  );
}

/** Whether a deposit of this epoch comes late: this device has a later one's key, and none of this. */
export function isLateKey(sql: Sql, logId: ConversationId, epoch: bigint): boolean {
  const newest = sql.get('SELECT max(epoch) AS epoch FROM epoch_key WHERE log_id = ? AND derived = 1', logId);
  return ((newest?.epoch as number | null) ?? -1) > Number(epoch) && !hasEpochKey(sql, logId, epoch);
}
