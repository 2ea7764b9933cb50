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

/** When the newest last-resort package was made that is not used up, or null. */
export function lastResortCreatedAtMs(sql: Sql): number | null {
  const row = sql.get(
    'SELECT max(created_at_ms) AS at FROM key_package WHERE last_resort = 1 AND created_at_ms > 0',
  );
  return (row?.at as number | null | undefined) ?? null;
}

/**
 * A Welcome came for these. They go with it, so that nobody can open it again with what is here; a last-resort one, which
 * may have been given out to others at the same time, as soon as there is another in its place: as the oldest of all.
 */
export function useUpKeyPackages(sql: Sql, refs: readonly Uint8Array[]): void {
  for (const ref of refs) {
    sql.run('DELETE FROM key_package WHERE ref = ? AND last_resort = 0', ref.toHex());
    sql.run('UPDATE key_package SET created_at_ms = 0 WHERE ref = ?', ref.toHex());
  }
}

/** Whether a last-resort package was used and is still here. */
export function hasUsedLastResort(sql: Sql): boolean {
  return sql.get('SELECT 1 FROM key_package WHERE last_resort = 1 AND created_at_ms = 0') !== undefined;
}

export function deleteUsedLastResort(sql: Sql): void {
  sql.run('DELETE FROM key_package WHERE last_resort = 1 AND created_at_ms = 0');
}

export function deleteKeyPackagesBefore(sql: Sql, createdBeforeMs: number): void {
  sql.run('DELETE FROM key_package WHERE created_at_ms < ?', createdBeforeMs);
}
