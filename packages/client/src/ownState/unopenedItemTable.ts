import { limits } from '@sotto/protocol';
import type { Sql } from '../ports.ts';

/** An item of this version is at the server, and nothing here opens it: what takes its place has to name it. */
export function insertUnopenedItem(sql: Sql, slot: string, version: number): void {
  const count = sql.get('SELECT count(*) AS n FROM unopened_item')?.n as number;
  if (count >= limits.accountItems) return;
  sql.run('INSERT OR REPLACE INTO unopened_item VALUES (?, ?)', slot, version);
}

/** 0 where there is none. */
export function unopenedVersion(sql: Sql, slot: string): number {
  return (
    (sql.get('SELECT version FROM unopened_item WHERE slot = ?', slot)?.version as number | undefined) ?? 0
  );
}

export function deleteUnopenedItem(sql: Sql, slot: string): void {
  sql.run('DELETE FROM unopened_item WHERE slot = ?', slot);
}
