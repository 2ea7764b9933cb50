import type { ConversationId } from '@sotto/protocol';
import type { Sql } from '../ports.ts';

/** Nothing of this log is kept up to an entry; null where nobody deleted it. */
export function forgottenThrough(sql: Sql, logId: ConversationId): number | null {
  const row = sql.get('SELECT through_seq FROM forgotten_log WHERE log_id = ?', logId);
  return (row?.through_seq as number | undefined) ?? null;
}

export function forgottenLogs(sql: Sql): ConversationId[] {
  return sql.all('SELECT log_id FROM forgotten_log').map((row) => row.log_id as ConversationId);
}

/** The account is in it anew, or the server has it no more. */
export function rememberLog(sql: Sql, logId: ConversationId): void {
  sql.run('DELETE FROM forgotten_log WHERE log_id = ?', logId);
}
