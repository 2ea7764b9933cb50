/**
 * Which accounts were replaced by which (spec/accounts.md, "Starting over"). Invariant: a claim of the server is accepted or
 * declined by the user's choice only. Once accepted it stays as it is, whatever the server says later; once declined
 * it counts for nothing, however often it comes.
 */
import type { AccountId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Row, Sql } from '../ports.ts';

export interface Replacement {
  readonly accountId: AccountId;
  readonly successorId: AccountId;
  readonly accepted: boolean;
  readonly toldAtMs: number;
}

/** What is claimed of an account, and was not declined. */
export function readReplacement(sql: Sql, accountId: AccountId): Replacement | null {
  const row = readClaim(sql, accountId);
  if (row === undefined || row.choice === 'declined') return null;
  return {
    accountId,
    successorId: row.successor_id as AccountId,
    accepted: row.choice === 'accepted',
    toldAtMs: row.told_at_ms as number,
  };
}

function readClaim(sql: Sql, accountId: AccountId): Row | undefined {
  return sql.get('SELECT * FROM replaced_account WHERE account_id = ?', accountId);
}

/** Notes the server's claim; false where it is known already, or the user has accepted another. */
export function noteReplacement(
  sql: Sql,
  accountId: AccountId,
  successorId: AccountId,
  nowMs: number,
): boolean {
  const present = readClaim(sql, accountId);
  if (present?.choice === 'accepted' || present?.successor_id === successorId) return false;
  sql.run("INSERT OR REPLACE INTO replaced_account VALUES (?, ?, 'open', ?)", accountId, successorId, nowMs);
  return true;
}

/** This device's account took the place of one by its user's own doing: groups may still have that as a member. */
export function noteOwnReplacement(sql: Sql, accountId: AccountId, successorId: AccountId): void {
  sql.run("INSERT OR REPLACE INTO replaced_account VALUES (?, ?, 'accepted', 0)", accountId, successorId);
}

/** The user takes this account for the person that others were. */
export function acceptSuccessor(sql: Sql, successorId: AccountId): void {
  sql.run("UPDATE replaced_account SET choice = 'accepted' WHERE successor_id = ?", successorId);
}

/** The user says that it is somebody else. */
export function declineSuccessor(sql: Sql, successorId: AccountId): void {
  sql.run(
    "UPDATE replaced_account SET choice = 'declined' WHERE successor_id = ? AND choice = 'open'",
    successorId,
  );
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
    sql.get("SELECT 1 FROM replaced_account WHERE successor_id = ? AND choice <> 'accepted'", successorId) !==
    undefined
  );
}

/** Whether the conversation is with an account that is said to have been replaced. */
export function isPeerReplaced(sql: Sql, conversation: ConversationKey): boolean {
  return (
    sql.get(
      `SELECT 1 FROM conversation JOIN replaced_account ON replaced_account.account_id = conversation.peer_id
       WHERE conversation.key = ? AND replaced_account.choice <> 'declined'`,
      conversation,
    ) !== undefined
  );
}
