import type { ConversationId } from '@sotto/protocol';
import type { Row, Sql } from '../ports.ts';
import { mergePackItems, type PackItem } from './packItem.ts';
import { parsePackLink } from './packLink.ts';

/** Where the account's item of it stands: `own_item`, at the same place. */
export const stickerMigration = `
CREATE TABLE sticker_pack (
  place TEXT PRIMARY KEY,
  link TEXT NOT NULL,
  -- of the link: while the account has the pack, what is here of it is kept
  blob_id TEXT NOT NULL,
  changed INTEGER NOT NULL,
  installed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sticker_pack_by_blob ON sticker_pack (blob_id) WHERE installed = 1;
`;

export function findPackItem(sql: Sql, place: ConversationId): PackItem | null {
  const row = sql.get('SELECT * FROM sticker_pack WHERE place = ?', place);
  return row === undefined ? null : fromRow(row);
}

/** Merges it into what is stored, and gives what that comes to. */
export function mergePackItem(sql: Sql, place: ConversationId, item: PackItem): PackItem {
  const present = findPackItem(sql, place);
  const merged = present === null ? item : mergePackItems(present, item);
  sql.run(
    'INSERT OR REPLACE INTO sticker_pack VALUES (?, ?, ?, ?, ?)',
    place,
    merged.link,
    parsePackLink(merged.link)?.blobId ?? '',
    merged.changedAtMs,
    Number(merged.installed),
  );
  return merged;
}

/** Links of the packs that the account has, the last one first. */
export function installedPacks(sql: Sql, limit: number): string[] {
  return sql
    .all('SELECT link FROM sticker_pack WHERE installed = 1 ORDER BY changed DESC, link LIMIT ?', limit)
    .map((row) => row.link as string);
}

function fromRow(row: Row): PackItem {
  return {
    link: row.link as string,
    changedAtMs: row.changed as number,
    installed: row.installed === 1,
  };
}
