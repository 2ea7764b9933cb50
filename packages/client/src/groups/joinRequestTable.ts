/** Who asks to join a group by a link, as its members know it (spec/groups.md, "Joining by link"). */
import type { AccountId, InviteId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Row, Sql } from '../ports.ts';
import { type GroupRules, mayInGroup } from './groupInfoTable.ts';

export interface JoinRequestRow {
  readonly accountId: AccountId;
  readonly inviteId: InviteId;
  /** An encoded JoinProof. */
  readonly proof: Uint8Array;
  readonly atMs: number;
}

export interface JoinAnswer {
  readonly accountId: AccountId;
  readonly accepted: boolean;
}

/** These, and no others, are open. */
export function storeJoinRequests(sql: Sql, key: ConversationKey, requests: readonly JoinRequestRow[]): void {
  sql.run('DELETE FROM group_request WHERE conversation = ?', key);
  for (const { accountId, inviteId, proof, atMs } of requests) {
    sql.run('INSERT INTO group_request VALUES (?, ?, ?, ?, ?)', key, accountId, inviteId, proof, atMs);
  }
}

/** Who is a member by now asks no more. */
export function dropAnsweredRequests(sql: Sql, key: ConversationKey): void {
  sql.run(
    `DELETE FROM group_request WHERE conversation = ?1 AND account_id IN (
       SELECT account_id FROM group_member WHERE conversation = ?1 AND is_member = 1)`,
    key,
  );
}

/** The oldest first. */
export function readJoinRequests(sql: Sql, key: ConversationKey): JoinRequestRow[] {
  return sql
    .all('SELECT * FROM group_request WHERE conversation = ? ORDER BY at_ms, account_id', key)
    .map(fromRow);
}

/** Those that wait for this account's answer, the oldest first; none where it may add nobody. */
export function requestsToAnswer(
  sql: Sql,
  key: ConversationKey,
  self: AccountId,
  rules: GroupRules | null,
): JoinRequestRow[] {
  if (rules === null || !mayInGroup(rules, self, 'addMembers')) return [];
  const asked = new Set(rules.invites.filter((one) => one.needsApproval).map((one) => one.inviteId));
  return readJoinRequests(sql, key).filter(({ inviteId }) => asked.has(inviteId));
}

export function findJoinRequest(sql: Sql, key: ConversationKey, accountId: AccountId): JoinRequestRow | null {
  const row = sql.get(
    'SELECT * FROM group_request WHERE conversation = ? AND account_id = ?',
    key,
    accountId,
  );
  return row === undefined ? null : fromRow(row);
}

/** The request is over: the server is told when there is a connection. */
export function noteAnswer(sql: Sql, key: ConversationKey, accountId: AccountId, accepted: boolean): void {
  sql.run('DELETE FROM group_request WHERE conversation = ? AND account_id = ?', key, accountId);
  sql.run('INSERT OR REPLACE INTO group_answer VALUES (?, ?, ?)', key, accountId, Number(accepted));
}

export function nextAnswer(sql: Sql, key: ConversationKey): JoinAnswer | null {
  const row = sql.get('SELECT * FROM group_answer WHERE conversation = ? LIMIT 1', key);
  return row === undefined ? null : { accountId: row.account_id as AccountId, accepted: row.accepted === 1 };
}

export function deleteAnswer(sql: Sql, key: ConversationKey, { accountId }: JoinAnswer): void {
  sql.run('DELETE FROM group_answer WHERE conversation = ? AND account_id = ?', key, accountId);
}

function fromRow(row: Row): JoinRequestRow {
  return {
    accountId: row.account_id as AccountId,
    inviteId: row.invite_id as InviteId,
    proof: row.proof as Uint8Array,
    atMs: row.at_ms as number,
  };
}
