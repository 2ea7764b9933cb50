import type { Policy } from '@sotto/crypto';
import type { AccountId } from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Sql } from '../ports.ts';
import type { ConversationRow } from './conversationTable.ts';

/** Whose conversation a group is: the direct one with an account, or that of a group of people. */
export type Party = Pick<ConversationRow, 'kind' | 'peerId'>;

/** What the policy says of that; null where this account is not in it. */
export function partyOf(device: DeviceContext, { kind, accountIds }: Policy): Party | null {
  if (!accountIds.includes(device.self.accountId)) return null;
  if (kind === 'group') return { kind, peerId: null };
  const peerId: AccountId = accountIds.find((id) => id !== device.self.accountId) ?? device.self.accountId;
  return { kind, peerId };
}

/**
 * Whether the one with whom a conversation would be is known here. Accounts that are not accepted yet may be in groups to
 * which others added them; nobody is alone with one of those.
 */
export function isPartyKnown({ directory }: DeviceContext, { peerId }: Party): boolean {
  return peerId === null || directory.account(peerId) !== null;
}

/**
 * Whether the group that a log turns out to have may be the conversation in `row`. Which log belongs to whom is the
 * server's word until the group's policy tells, so a conversation stays with its peer: what was written in it, or
 * opened to be, goes to nobody else. Only a row that came from the server's list, with nothing in it yet, may turn
 * out to be another's.
 */
export function canBeWith(sql: Sql, row: ConversationRow, party: Party | null): boolean {
  if (party === null) return false;
  if (row.kind === party.kind && row.peerId === party.peerId) return true;
  if (row.state !== 'joining' || isOwnMaking(row) || row.draft !== '') return false;
  return (
    sql.get('SELECT 1 FROM message WHERE conversation = ?', row.key) === undefined &&
    sql.get('SELECT 1 FROM outbox WHERE conversation = ?', row.key) === undefined
  );
}

/** Begun on this device, and not found in the server's list. */
export function isOwnMaking(row: ConversationRow): boolean {
  return row.conversationId !== row.logId;
}
