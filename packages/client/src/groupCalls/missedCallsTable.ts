import { limits } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

/** For the schema: see database/migrations.ts. */
export const missedCallsMigration = `
-- By the server's time: this device came to the log, or passed over entries of it, then; 0: it has read the whole of it.
ALTER TABLE conversation ADD COLUMN log_missed_ms INTEGER NOT NULL DEFAULT 0;
-- Calls that go on meanwhile had no counts.
UPDATE group_call SET state = json_set(state, '$.log.joinCounts', json('[]')) WHERE json_type(state, '$.log') = 'object';
`;

/** This device has not read the log up to now: calls may be open that it knows nothing of. */
export function noteLogMissed(sql: Sql, key: ConversationKey, serverNowMs: number): void {
  sql.run('UPDATE conversation SET log_missed_ms = ? WHERE key = ?', serverNowMs, key);
}

/** Whether a call may be open whose start this device has not read: only then is a room without one believed. */
export function mayHaveMissedCalls(sql: Sql, key: ConversationKey, serverNowMs: number): boolean {
  const row = sql.get('SELECT log_missed_ms FROM conversation WHERE key = ?', key);
  const missedMs = (row?.log_missed_ms as number | undefined) ?? 0;
  return missedMs > 0 && serverNowMs <= missedMs + limits.callLifetimeMs;
}
