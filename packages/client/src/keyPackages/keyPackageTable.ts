import type { NewKeyPackage } from '@sotto/crypto';
import type { Sql } from '../ports.ts';

export interface StoredKeyPackage {
  readonly ref: string;
  readonly keyPackage: Uint8Array;
  readonly lastResort: boolean;
}

/** Stored before it is published: `published` is set once the server said so. */
export function insertKeyPackage(sql: Sql, created: NewKeyPackage, nowMs: number): void {
  sql.run(
    'INSERT INTO key_package VALUES (?, ?, ?, ?, 0, ?)',
    created.ref.toHex(),
    created.keyPackage,
    created.privatePart,
    Number(created.lastResort),
    nowMs,
  );
}

export function findPrivatePart(sql: Sql, ref: Uint8Array): Uint8Array | null {
  const row = sql.get('SELECT private_part FROM key_package WHERE ref = ?', ref.toHex());
  return row === undefined ? null : (row.private_part as Uint8Array);
}

export function unpublishedKeyPackages(sql: Sql): StoredKeyPackage[] {
  return sql
    .all(
      'SELECT ref, key_package, last_resort FROM key_package WHERE published = 0 ORDER BY created_at_ms, ref',
    )
    .map((row) => ({
      ref: row.ref as string,
      keyPackage: row.key_package as Uint8Array,
      lastResort: row.last_resort === 1,
    }));
}

export function markPublished(sql: Sql, refs: readonly string[]): void {
  for (const ref of refs) sql.run('UPDATE key_package SET published = 1 WHERE ref = ?', ref);
}

/** When the newest last-resort package was made, or null. */
export function lastResortCreatedAtMs(sql: Sql): number | null {
  const row = sql.get('SELECT max(created_at_ms) AS at FROM key_package WHERE last_resort = 1');
  return (row?.at as number | null | undefined) ?? null;
}

/** The used one goes with the join; a last-resort one stays, since it may have been given out to others too. */
export function deleteKeyPackage(sql: Sql, ref: Uint8Array): void {
  sql.run('DELETE FROM key_package WHERE ref = ? AND last_resort = 0', ref.toHex());
}

export function deleteKeyPackagesBefore(sql: Sql, createdBeforeMs: number): void {
  sql.run('DELETE FROM key_package WHERE created_at_ms < ?', createdBeforeMs);
}
