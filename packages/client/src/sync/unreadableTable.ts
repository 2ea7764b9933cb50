import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

/** The inbox in place of a conversation. */
export const inboxKey = 0;
/** The account's keyring in place of a conversation. */
export const keyringKey = -1;
const keptPerLog = 200;
/** Larger entries are kept by reason only: strangers can send them, and the disk is not theirs. */
const keptSizeBytes = 40 * 1024;

/**
 * Keeps an entry that could not be processed, as received where it is not larger than a message commonly is; of each
 * log the newest `keptPerLog`.
 */
export function storeUnreadable(
  sql: Sql,
  log: ConversationKey | typeof inboxKey,
  seq: number,
  reason: string,
  entry: Uint8Array,
): void {
  const kept = entry.length > keptSizeBytes ? new Uint8Array(0) : entry;
  sql.run('INSERT OR REPLACE INTO unreadable VALUES (?, ?, ?, ?)', log, seq, reason, kept);
  const oldest = sql.get(
    'SELECT seq FROM unreadable WHERE conversation = ? ORDER BY seq DESC LIMIT 1 OFFSET ?',
    log,
    keptPerLog,
  )?.seq;
  if (typeof oldest === 'number') {
    sql.run('DELETE FROM unreadable WHERE conversation = ? AND seq <= ?', log, oldest);
  }
}

/** Entries of a conversation that could not be processed, as received, oldest first. */
export function readUnreadable(
  sql: Sql,
  conversation: ConversationKey,
): { readonly bytes: Uint8Array; readonly reason: string }[] {
  return sql
    .all(
      'SELECT entry, reason FROM unreadable WHERE conversation = ? AND length(entry) > 0 ORDER BY seq',
      conversation,
    )
    .map((row) => ({ bytes: row.entry as Uint8Array, reason: row.reason as string }));
}

export function deleteUnreadable(sql: Sql, conversation: ConversationKey, seq: number): void {
  sql.run('DELETE FROM unreadable WHERE conversation = ? AND seq = ?', conversation, seq);
}

export function conversationsWithUnreadable(sql: Sql): ConversationKey[] {
  return sql
    .all('SELECT DISTINCT conversation FROM unreadable WHERE conversation > 0')
    .map((row) => row.conversation as ConversationKey);
}
