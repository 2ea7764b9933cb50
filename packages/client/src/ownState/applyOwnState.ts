import type { AccountId } from '@sotto/protocol';
import { type ConversationRow, updateConversation } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { countUnread } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import { raiseReceipt, readReceipts } from '../receipts/receiptTable.ts';
import type { ConversationState, MemberPosition } from './conversationState.ts';

/** What the account's devices say of a conversation becomes what this one shows of it. */
export function applyOwnState(
  sql: Sql,
  changes: Changes,
  self: AccountId,
  row: ConversationRow,
  { readSeq, members }: Pick<ConversationState, 'readSeq' | 'members'>,
): void {
  raiseOthers(sql, self, row, members);
  const told = members.find(({ accountId }) => accountId === self);
  updateConversation(sql, row.key, {
    toldDelivered: Math.max(row.toldDelivered, told?.delivered ?? 0, told?.read ?? 0),
    toldRead: Math.max(row.toldRead, told?.read ?? 0),
    ...(readSeq > row.ownRead
      ? { ownRead: readSeq, unreadCount: countUnread(sql, row.key, readSeq) }
      : undefined),
  });
  changes.conversation(row.conversationId);
}

/** Positions of a conversation of which this device shows the first entries, up to `newestReceived` of others. */
export function firstPositions(
  sql: Sql,
  self: AccountId,
  row: ConversationRow,
  { readSeq, members }: ConversationState,
  newestReceived: number,
): Pick<ConversationRow, 'ownRead' | 'ownDelivered' | 'toldRead' | 'toldDelivered' | 'unreadCount'> {
  raiseOthers(sql, self, row, members);
  const told = members.find(({ accountId }) => accountId === self);
  const ownRead = Math.max(row.ownRead, readSeq);
  const toldRead = Math.max(row.toldRead, told?.read ?? 0);
  return {
    ownRead,
    ownDelivered: Math.max(row.ownDelivered, newestReceived, ownRead),
    toldRead,
    toldDelivered: Math.max(row.toldDelivered, told?.delivered ?? 0, toldRead),
    unreadCount: countUnread(sql, row.key, ownRead),
  };
}

/** What members told this account, and what it told them. */
export function memberPositions(sql: Sql, self: AccountId, row: ConversationRow): MemberPosition[] {
  const others = readReceipts(sql, row.key).filter(({ accountId }) => accountId !== self);
  const own = { accountId: self, delivered: row.toldDelivered, read: row.toldRead };
  return own.delivered === 0 && own.read === 0 ? others : [...others, own];
}

function raiseOthers(
  sql: Sql,
  self: AccountId,
  row: ConversationRow,
  members: readonly MemberPosition[],
): void {
  for (const member of members) {
    // Only members' words: an item cannot bring others into a conversation.
    if (member.accountId !== self && member.accountId === row.peerId) raiseReceipt(sql, row.key, member);
  }
}
