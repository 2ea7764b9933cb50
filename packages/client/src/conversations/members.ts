import type { AccountId } from '@sotto/protocol';
import type { Row, Sql } from '../ports.ts';
import {
  type ConversationKey,
  type ConversationRow,
  conversationsOf,
  conversationsWithPeer,
} from './conversationTable.ts';

type Named = Pick<ConversationRow, 'key' | 'kind' | 'peerId'>;

/** The accounts that the conversation has, this one among them; of a group that was not joined yet, none. */
export function memberIds(sql: Sql, self: AccountId, row: Named): AccountId[] {
  if (row.peerId !== null) return [...new Set([self, row.peerId])];
  return sql
    .all('SELECT account_id FROM group_member WHERE conversation = ? AND is_member = 1', row.key)
    .map(idOf);
}

export function countMembers(sql: Sql, self: AccountId, row: Named): number {
  if (row.peerId !== null) return row.peerId === self ? 1 : 2;
  const counted = sql.get(
    'SELECT count(*) AS n FROM group_member WHERE conversation = ? AND is_member = 1',
    row.key,
  );
  return counted?.n as number;
}

/** Whether the account is one of the conversation now. */
export function isMember(sql: Sql, self: AccountId, row: Named, accountId: AccountId): boolean {
  if (row.kind === 'direct') return accountId === self || accountId === row.peerId;
  return readMembership(sql, row.key, accountId)?.is_member === 1;
}

/**
 * Whether what an account says in the log's past may be the conversation's: it is a member, or was. Whose a group is
 * that this device has not joined is the server's word until the group tells.
 */
export function canHaveSpoken(
  sql: Sql,
  self: AccountId,
  row: Named & Pick<ConversationRow, 'state'>,
  accountId: AccountId,
): boolean {
  if (row.kind === 'direct') return isMember(sql, self, row, accountId);
  return row.state === 'joining' || readMembership(sql, row.key, accountId) !== undefined;
}

/** The group has these accounts from now on; who is not among them was one before. */
export function storeMembers(sql: Sql, key: ConversationKey, accountIds: readonly AccountId[]): void {
  const present = new Set(accountIds);
  const known = new Map(
    sql
      .all('SELECT account_id, is_member FROM group_member WHERE conversation = ?', key)
      .map((row) => [row.account_id as AccountId, row.is_member === 1]),
  );
  for (const [accountId, wasMember] of known) {
    if (wasMember && !present.has(accountId)) setMember(sql, key, accountId, false);
  }
  for (const accountId of present) if (known.get(accountId) !== true) setMember(sql, key, accountId, true);
}

/** Accounts that were in the group at some time; those that are stay so. */
export function noteFormerMembers(
  sql: Sql,
  key: ConversationKey,
  accountIds: readonly AccountId[],
): { readonly areNew: boolean } {
  let areNew = false;
  for (const accountId of accountIds) {
    if (readMembership(sql, key, accountId) !== undefined) continue;
    setMember(sql, key, accountId, false);
    areNew = true;
  }
  return { areNew };
}

/** Conversations that the account is in with this one: the direct one, and groups. */
export function conversationsWithMember(sql: Sql, accountId: AccountId): ConversationRow[] {
  const groups = conversationsOf(
    sql,
    'SELECT conversation FROM group_member WHERE account_id = ? AND is_member = 1',
    accountId,
  );
  return [...conversationsWithPeer(sql, accountId), ...groups];
}

function setMember(sql: Sql, key: ConversationKey, accountId: AccountId, isIn: boolean): void {
  sql.run('INSERT OR REPLACE INTO group_member VALUES (?, ?, ?)', key, accountId, Number(isIn));
}

function readMembership(sql: Sql, key: ConversationKey, accountId: AccountId): Row | undefined {
  return sql.get(
    'SELECT is_member FROM group_member WHERE conversation = ? AND account_id = ?',
    key,
    accountId,
  );
}

const idOf = (row: Row): AccountId => row.account_id as AccountId;
