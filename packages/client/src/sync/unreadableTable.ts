import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

/** The inbox in place of a conversation. */
export const inboxKey = 0;
/** The account's keyring in place of a conversation. */
export const keyringKey = -1;
const keptPerLog = 200;

/** Keeps an entry that could not be processed, as received; of each log the newest `keptPerLog`. */
export function storeUnreadable(
  sql: Sql,
  log: ConversationKey | typeof inboxKey,
  seq: number,
  reason: string,
  entry: Uint8Array,
): void {
  sql.run('INSERT OR REPLACE INTO unreadable VALUES (?, ?, ?, ?)', log, seq, reason, entry);
  const oldest = sql.get(
    'SELECT seq FROM unreadable WHERE conversation = ? ORDER BY seq DESC LIMIT 1 OFFSET ?',
    log,
    keptPerLog,
  )?.seq;
  if (typeof oldest === 'number') {
    sql.run('DELETE FROM unreadable WHERE conversation = ? AND seq <= ?', log, oldest);
  }
}
