import type { AccountId, ConversationId } from '@sotto/protocol';
import type { Sql } from '../ports.ts';

/**
 * What this device found out about its account's keys at the server:
 * - `falseDeposit`: a key deposited for this account is not the one that the conversation has. `accountId`: whoever
 *   signed it; null where nobody did, so that it is the server's making.
 * - `keyringForked`: the account's keyring is not the one that this or another of its devices has read.
 * - `keyringShortened`: it ends before what they have read.
 */
export interface SecurityNotice {
  readonly kind: 'falseDeposit' | 'keyringForked' | 'keyringShortened';
  readonly accountId: AccountId | null;
  /** The conversation's log; null where it is about none. */
  readonly logId: ConversationId | null;
  readonly atMs: number;
}

/** So many are kept: whoever lies for ever is known by then. */
const keptNotices = 200;

/** One for each kind, account and conversation. */
export function insertSecurityNotice(sql: Sql, { kind, accountId, logId, atMs }: SecurityNotice): void {
  sql.run(
    `INSERT OR IGNORE INTO security_notice (kind, account_id, log_id, at_ms)
     SELECT ?, ?, ?, ? WHERE (SELECT count(*) FROM security_notice) < ?`,
    kind,
    accountId ?? '',
    logId ?? '',
    atMs,
    keptNotices,
  );
}

/** The newest first. */
export function readSecurityNotices(sql: Sql): SecurityNotice[] {
  return sql.all('SELECT * FROM security_notice ORDER BY at_ms DESC, id DESC').map((row) => ({
    kind: row.kind as SecurityNotice['kind'],
    accountId: row.account_id === '' ? null : (row.account_id as AccountId),
    logId: row.log_id === '' ? null : (row.log_id as ConversationId),
    atMs: row.at_ms as number,
  }));
}
