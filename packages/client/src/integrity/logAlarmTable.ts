import type { AccountId } from '@sotto/protocol';
import type { ConversationKey, ConversationRow } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import type { Row, Sql } from '../ports.ts';

/**
 * - `broken`: entries do not follow each other as they say, or an own one is not what was sent.
 * - `forked`: a member's device has seen another entry at the same place, as it says.
 * - `shortened`: the log ends before what was there.
 */
type LogFaultReason = 'broken' | 'forked' | 'shortened';

export interface LogFault {
  readonly reason: LogFaultReason;
  readonly seq: number;
  /** Whose device says so; null: it shows by itself. */
  readonly accountId: AccountId | null;
}

export interface LogAlarm extends LogFault {
  readonly atMs: number;
  readonly acknowledged: boolean;
}

function fromRow(row: Row): LogAlarm {
  return {
    reason: row.reason as LogFaultReason,
    seq: row.seq as number,
    accountId: row.account_id === '' ? null : (row.account_id as AccountId),
    atMs: row.at_ms as number,
    acknowledged: row.acknowledged === 1,
  };
}

/** Raises an alarm once for each reason and account: a log that forked goes on to differ with every entry. */
export function raiseLogAlarm(
  sql: Sql,
  changes: Changes,
  conversation: Pick<ConversationRow, 'key' | 'conversationId'>,
  fault: LogFault,
  atMs: number,
): void {
  sql.run(
    'INSERT OR IGNORE INTO log_alarm VALUES (?, ?, ?, ?, ?, 0)',
    conversation.key,
    fault.reason,
    fault.accountId ?? '',
    fault.seq,
    atMs,
  );
  changes.conversation(conversation.conversationId);
}

/** The oldest first. */
export function readLogAlarms(sql: Sql, conversation: ConversationKey): LogAlarm[] {
  return sql.all('SELECT * FROM log_alarm WHERE conversation = ? ORDER BY at_ms', conversation).map(fromRow);
}

/** An alarm that the user has not acknowledged. */
export function hasLogAlarm(sql: Sql, conversation: ConversationKey): boolean {
  return (
    sql.get('SELECT 1 FROM log_alarm WHERE conversation = ? AND acknowledged = 0 LIMIT 1', conversation) !==
    undefined
  );
}

export function setAlarmsAcknowledged(sql: Sql, conversation: ConversationKey): void {
  sql.run('UPDATE log_alarm SET acknowledged = 1 WHERE conversation = ?', conversation);
}

/**
 * What the account's device has seen up to `seq` agrees with what is here, and so does all before it: a difference
 * that comes later is another one, and raises an alarm again.
 */
export function forgetAcknowledged(
  sql: Sql,
  conversation: ConversationKey,
  accountId: AccountId,
  seq: number,
): void {
  sql.run(
    'DELETE FROM log_alarm WHERE conversation = ? AND account_id = ? AND acknowledged = 1 AND seq < ?',
    conversation,
    accountId,
    seq,
  );
}
