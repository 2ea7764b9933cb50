import type { AccountId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

/** One entry of a log, by the SHA-256 of its bytes: it stands for the whole log up to there. */
export interface LogPosition {
  readonly seq: number;
  readonly hash: Uint8Array;
}

export interface LogClaim extends LogPosition {
  readonly accountId: AccountId;
}

/**
 * So many of the newest entries' hashes are kept, beside those at edges: what a message names as seen is rarely
 * further back, and the next one of that sender names a newer entry, which stands for all before it.
 */
export const keptHashes = 256;

export function findEntryHash(sql: Sql, conversation: ConversationKey, seq: number): Uint8Array | null {
  const row = sql.get('SELECT hash FROM entry_hash WHERE conversation = ? AND seq = ?', conversation, seq);
  return (row?.hash as Uint8Array | undefined) ?? null;
}

/** Those that are known of these entries. */
export function readEntryHashes(
  sql: Sql,
  conversation: ConversationKey,
  { fromSeq, toSeq }: { readonly fromSeq: number; readonly toSeq: number },
): LogPosition[] {
  return sql
    .all(
      'SELECT seq, hash FROM entry_hash WHERE conversation = ? AND seq BETWEEN ? AND ?',
      conversation,
      fromSeq,
      toSeq,
    )
    .map((row) => ({ seq: row.seq as number, hash: row.hash as Uint8Array }));
}

/** The newest entry up to `throughSeq` whose hash is known. */
export function newestPosition(
  sql: Sql,
  conversation: ConversationKey,
  throughSeq: number,
): LogPosition | null {
  const row = sql.get(
    'SELECT seq, hash FROM entry_hash WHERE conversation = ? AND seq <= ? ORDER BY seq DESC LIMIT 1',
    conversation,
    throughSeq,
  );
  return row === undefined ? null : { seq: row.seq as number, hash: row.hash as Uint8Array };
}

/** What is known of an entry first stays. */
export function insertEntryHash(sql: Sql, conversation: ConversationKey, { seq, hash }: LogPosition): void {
  sql.run('INSERT OR IGNORE INTO entry_hash VALUES (?, ?, ?)', conversation, seq, hash);
}

/** Forgets hashes below `seq` that stand between entries that are here: links on both sides were compared. */
export function forgetEntryHashes(sql: Sql, conversation: ConversationKey, seq: number): void {
  sql.run(
    `DELETE FROM entry_hash WHERE conversation = ?1 AND seq < ?2 AND EXISTS (
       SELECT 1 FROM log_span WHERE conversation = ?1 AND from_seq <= entry_hash.seq AND to_seq > entry_hash.seq)`,
    conversation,
    seq,
  );
}

export function readClaims(sql: Sql, conversation: ConversationKey): LogClaim[] {
  return sql
    .all('SELECT account_id, seq, hash FROM log_claim WHERE conversation = ?', conversation)
    .map((row) => ({
      accountId: row.account_id as AccountId,
      seq: row.seq as number,
      hash: row.hash as Uint8Array,
    }));
}

/** Of each account the newest claim is kept: it stands for those before. */
export function insertClaim(sql: Sql, conversation: ConversationKey, claim: LogClaim): void {
  sql.run(
    `INSERT INTO log_claim VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash WHERE excluded.seq > seq`,
    conversation,
    claim.accountId,
    claim.seq,
    claim.hash,
  );
}

/** What the account claimed up to `throughSeq` was compared. */
export function deleteClaim(
  sql: Sql,
  conversation: ConversationKey,
  accountId: AccountId,
  throughSeq: number,
): void {
  sql.run(
    'DELETE FROM log_claim WHERE conversation = ? AND account_id = ? AND seq <= ?',
    conversation,
    accountId,
    throughSeq,
  );
}
