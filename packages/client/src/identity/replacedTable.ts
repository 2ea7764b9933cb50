/**
 * Which accounts were replaced by which (spec/accounts.md, "Starting over"). Invariant: a row becomes accepted by the
 * user's choice only, and then stays as it is: no later claim of the server changes it.
 */
import type { AccountId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

export interface Replacement {
  readonly accountId: AccountId;
  readonly successorId: AccountId;
  readonly accepted: boolean;
  readonly toldAtMs: number;
}

export function readReplacement(sql: Sql, accountId: AccountId): Replacement | null {
  const row = sql.get('SELECT * FROM replaced_account WHERE account_id = ?', accountId);
  if (row === undefined) return null;
  return {
    accountId,
    successorId: row.successor_id as AccountId,
    accepted: row.accepted === 1,
    toldAtMs: row.told_at_ms as number,
  };
}

/** Notes the server's claim; false where it is known already, or the user has accepted another. */
export function noteReplacement(
  sql: Sql,
  accountId: AccountId,
  successorId: AccountId,
  nowMs: number,
): boolean {
  const present = readReplacement(sql, accountId);
  if (present !== null && (present.accepted || present.successorId === successorId)) return false;
  sql.run('INSERT OR REPLACE INTO replaced_account VALUES (?, ?, 0, ?)', accountId, successorId, nowMs);
  return true;
}

/** The user takes this account for the person that others were. */
export function acceptSuccessor(sql: Sql, successorId: AccountId): void {
  sql.run('UPDATE replaced_account SET accepted = 1 WHERE successor_id = ?', successorId);
}

/** Those whose place it is said to take. */
export function replacedBy(sql: Sql, successorId: AccountId): AccountId[] {
  return sql
    .all('SELECT account_id FROM replaced_account WHERE successor_id = ?', successorId)
    .map((row) => row.account_id as AccountId);
}

/** Whether the account is said to replace one met here, and the user has not accepted it. */
export function awaitsAcceptance(sql: Sql, successorId: AccountId): boolean {
  return (
    sql.get('SELECT 1 FROM replaced_account WHERE successor_id = ? AND accepted = 0', successorId) !==
    undefined
  );
}

/** Whether the conversation is with an account that is said to have been replaced. */
export function isPeerReplaced(sql: Sql, conversation: ConversationKey): boolean {
  return (
    sql.get(
      `SELECT 1 FROM conversation JOIN replaced_account ON replaced_account.account_id = conversation.peer_id
       WHERE conversation.key = ?`,
      conversation,
    ) !== undefined
  );
}
