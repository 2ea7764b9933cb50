import type { Policy } from '@sotto/crypto';
import type { AccountId } from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Sql } from '../ports.ts';
import type { ConversationRow } from './conversationTable.ts';

/** The other account of a group's policy, or oneself; null where this account is not in it. */
export function peerOf(device: DeviceContext, { accountIds }: Policy): AccountId | null {
  if (!accountIds.includes(device.self.accountId)) return null;
  return accountIds.find((id) => id !== device.self.accountId) ?? device.self.accountId;
}

/**
 * Whether the group that a log turns out to have may be the conversation in `row`. Which log belongs to whom is the
 * server's word until the group's policy tells, so a conversation stays with its peer: what was written in it, or
 * opened to be, goes to nobody else. Only a row that came from the server's list, with nothing in it yet, may turn
 * out to be another's.
 */
export function canBeWith(sql: Sql, row: ConversationRow, peerId: AccountId | null): boolean {
  if (peerId === null) return false;
  if (row.peerId === peerId) return true;
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
