import type { Sql } from '../ports.ts';

/** The account's history private keys as this device has them, newest first. */
export function readHistoryKeys(sql: Sql): Uint8Array[] {
  return sql
    .all('SELECT private_key FROM history_key ORDER BY position DESC')
    .map((row) => row.private_key as Uint8Array);
}

/** `key` is the newest from now on. */
export function insertHistoryKey(sql: Sql, key: Uint8Array): void {
  sql.run('INSERT OR IGNORE INTO history_key (private_key) VALUES (?)', key);
}

/** The chain entry up to which deliveries of renewed secrets were taken. */
export function readTakenSeq(sql: Sql): number {
  return Number(sql.get('SELECT taken_seq FROM device')?.taken_seq ?? 0);
}

export function setTakenSeq(sql: Sql, seq: number): void {
  sql.run('UPDATE device SET taken_seq = ?', seq);
}
