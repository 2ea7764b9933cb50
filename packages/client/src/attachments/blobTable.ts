/** Ciphertext on this device, and how much is there of each (states: attachmentMigration.ts). */
import type { Row, Sql } from '../ports.ts';

export interface StoredBlob {
  readonly blobId: string;
  /** Its local file. */
  readonly file: string;
  readonly sealedSizeBytes: number;
  /** One bit for each chunk that is here; null: all are. */
  readonly chunks: Uint8Array | null;
  readonly hereBytes: number;
  readonly usedAtMs: number;
  /** To be fetched wholly. */
  readonly wanted: boolean;
  readonly paused: boolean;
}

function fromRow(row: Row): StoredBlob {
  return {
    blobId: row.blob_id as string,
    file: row.file as string,
    sealedSizeBytes: row.sealed_size as number,
    chunks: row.chunks instanceof Uint8Array ? row.chunks : null,
    hereBytes: row.here_bytes as number,
    usedAtMs: row.used_at_ms as number,
    wanted: row.wanted === 1,
    paused: row.paused === 1,
  };
}

export function findBlob(sql: Sql, blobId: string): StoredBlob | null {
  const row = sql.get('SELECT * FROM blob WHERE blob_id = ?', blobId);
  return row === undefined ? null : fromRow(row);
}

export function storeBlob(sql: Sql, blob: StoredBlob): void {
  sql.run(
    `INSERT OR REPLACE INTO blob
       (blob_id, file, sealed_size, chunks, here_bytes, used_at_ms, wanted, paused)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    blob.blobId,
    blob.file,
    blob.sealedSizeBytes,
    blob.chunks,
    blob.hereBytes,
    blob.usedAtMs,
    blob.wanted ? 1 : 0,
    blob.paused ? 1 : 0,
  );
}

export function deleteBlob(sql: Sql, blobId: string): void {
  sql.run('DELETE FROM blob WHERE blob_id = ?', blobId);
}

/** Those to be fetched wholly, and not paused. */
export function wantedBlobs(sql: Sql): StoredBlob[] {
  return sql
    .all('SELECT * FROM blob WHERE wanted = 1 AND paused = 0 AND chunks IS NOT NULL ORDER BY used_at_ms')
    .map(fromRow);
}

/** What was fetched, or sent and is kept: the least recently used first. Files that wait to be sent are not among them. */
export function evictableBlobs(sql: Sql): StoredBlob[] {
  return sql
    .all(`SELECT * FROM blob WHERE file NOT IN (SELECT file FROM upload) ORDER BY used_at_ms`)
    .map(fromRow);
}

/** Blobs that no message names any more, and that are no sticker packs of the account. */
export function unnamedBlobs(sql: Sql): StoredBlob[] {
  return sql
    .all(
      `SELECT * FROM blob WHERE NOT EXISTS (SELECT 1 FROM attachment a WHERE a.blob_id = blob.blob_id)
         AND NOT EXISTS (SELECT 1 FROM sticker_pack s WHERE s.blob_id = blob.blob_id AND s.installed = 1)`,
    )
    .map(fromRow);
}

export function isFileNamed(sql: Sql, file: string): boolean {
  return (
    sql.get('SELECT 1 FROM blob WHERE file = ?1 UNION ALL SELECT 1 FROM upload WHERE file = ?1', file) !==
    undefined
  );
}

const defaultFetchLimitBytes = 500 * 1024 * 1024;

export function fetchLimit(sql: Sql): number {
  const row = sql.get('SELECT fetch_limit_bytes FROM attachment_setting');
  return (row?.fetch_limit_bytes as number | undefined) ?? defaultFetchLimitBytes;
}

export function setFetchLimit(sql: Sql, limitBytes: number): void {
  sql.run('INSERT OR REPLACE INTO attachment_setting (only, fetch_limit_bytes) VALUES (1, ?)', limitBytes);
}
