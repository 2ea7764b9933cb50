import type { EpochRoles } from '@sotto/crypto';
import type { ConversationId } from '@sotto/protocol';
import type { Row, Sql } from '../ports.ts';

export interface EpochKey {
  readonly logId: ConversationId;
  readonly epoch: bigint;
  readonly historyKey: Uint8Array;
  /** From this device's own group, so certainly the one that members use. */
  readonly derived: boolean;
  /** Of a group: who could do what. */
  readonly roles?: EpochRoles;
}

/**
 * Roles are those of the own group, else of a deposit by this account (`isOwnWord`), else of the first of others: a member
 * that deposits a key again, to say something else of who could do what, changes nothing.
 */
export function insertEpochKey(sql: Sql, key: EpochKey, isOwnWord = false): void {
  sql.run(
    `INSERT INTO epoch_key (log_id, epoch, history_key, derived, roles) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT DO UPDATE SET
       roles = CASE WHEN excluded.derived > derived OR (derived = 0 AND ?6) THEN coalesce(excluded.roles, roles)
         ELSE coalesce(roles, excluded.roles) END,
       derived = max(derived, excluded.derived)`,
    key.logId,
    Number(key.epoch),
    key.historyKey,
    Number(key.derived),
    key.roles === undefined ? null : JSON.stringify(key.roles),
    Number(isOwnWord),
  );
}

/** Keys of one epoch, a derived one first. */
export function readEpochKeys(sql: Sql, logId: ConversationId, epoch: bigint): EpochKey[] {
  return sql
    .all('SELECT * FROM epoch_key WHERE log_id = ? AND epoch = ? ORDER BY derived DESC', logId, Number(epoch))
    .map(fromRow);
}

function fromRow(row: Row): EpochKey {
  return {
    logId: row.log_id as ConversationId,
    epoch: BigInt(row.epoch as number),
    historyKey: row.history_key as Uint8Array,
    derived: row.derived === 1,
    ...(row.roles === null ? {} : { roles: JSON.parse(row.roles as string) as EpochRoles }),
  };
}

/** Keys of the epochs before `epoch`, one of each, the newest first: for who is given what was said before. */
export function earlierEpochKeys(sql: Sql, logId: ConversationId, epoch: bigint): EpochKey[] {
  const keys = new Map<bigint, EpochKey>();
  const rows = sql.all(
    'SELECT * FROM epoch_key WHERE log_id = ? AND epoch < ? ORDER BY epoch DESC, derived DESC',
    logId,
    Number(epoch),
  );
  for (const key of rows.map(fromRow)) if (!keys.has(key.epoch)) keys.set(key.epoch, key);
  return [...keys.values()];
}

/** Whether there is a key, or a deposit, of this epoch: there is none where it began with history off. */
export function hasEpochKey(sql: Sql, logId: ConversationId, epoch: bigint): boolean {
  return (
    sql.get(
      `SELECT 1 FROM epoch_key WHERE log_id = ?1 AND epoch = ?2
       UNION ALL SELECT 1 FROM deposit WHERE log_id = ?1 AND epoch = ?2
       UNION ALL SELECT 1 FROM deposit
         WHERE log_id = ?1 AND first_epoch IS NOT NULL AND first_epoch <= ?2 AND epoch > ?2 LIMIT 1`,
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
  return sql.all('SELECT * FROM epoch_key WHERE derived = 1 AND deposited = 0 LIMIT ?', limit).map(fromRow);
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
