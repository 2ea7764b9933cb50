import type { AccountId } from '@sotto/protocol';
import { silenceCalls } from '../calls/blockedCalls.ts';
import {
  type ConversationChange,
  type ConversationRow,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { forgetThrough } from '../conversations/forget.ts';
import { isMember } from '../conversations/members.ts';
import type { Changes } from '../device/changes.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { startShown } from '../disappearing/messageClocks.ts';
import { isDraftOnlyHere } from '../drafts/tellDraft.ts';
import { countUnread } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import { raiseReceipt, readReceipts } from '../receipts/receiptTable.ts';
import type { ConversationState, MemberPosition } from './conversationState.ts';

/** What the account's devices say of a conversation becomes what this one shows of it. */
export function applyOwnState(
  { self: { accountId: self }, serverClock, clock }: Pick<DeviceContext, 'self' | 'serverClock' | 'clock'>,
  sql: Sql,
  changes: Changes,
  row: ConversationRow,
  { readSeq, members, forgotten, draft, displayed, calls }: ConversationState,
): void {
  startShown(sql, changes, row.key, { readSeq, displayed }, serverClock.nowMs());
  raiseOthers(sql, self, row, members);
  const told = members.find(({ accountId }) => accountId === self);
  updateConversation(sql, row.key, {
    toldDelivered: Math.max(row.toldDelivered, told?.delivered ?? 0, told?.read ?? 0),
    toldRead: Math.max(row.toldRead, told?.read ?? 0),
    ...(readSeq > row.ownRead
      ? { ownRead: readSeq, unreadCount: countUnread(sql, row.key, readSeq) }
      : undefined),
    ...draftToShow(sql, row, draft),
  });
  if (calls.off) {
    const ownRead = Math.max(row.ownRead, readSeq);
    silenceCalls(sql, changes, { ...row, ownRead }, { self, sinceMs: calls.changedAtMs, nowMs: clock.now() });
  }
  if (forgotten.changedAtMs > 0) forgetThrough(sql, changes, row, forgotten.throughSeq);
  changes.conversation(row.conversationId);
}

/** Positions of a conversation of which this device shows the first entries, up to `newestReceived` of others. */
export function firstPositions(
  sql: Sql,
  self: AccountId,
  row: ConversationRow,
  { readSeq, members, draft }: ConversationState,
  newestReceived: number,
): ConversationChange {
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
    ...draftToShow(sql, row, draft),
  };
}

/** What another device of the account has written, where what is written here is not only for here. */
function draftToShow(
  sql: Sql,
  row: ConversationRow,
  { changedAtMs, text, replyTo }: ConversationState['draft'],
): ConversationChange {
  return changedAtMs === 0 || isDraftOnlyHere(sql, row, row.draft)
    ? {}
    : { draft: text, draftReply: replyTo };
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
    if (member.accountId !== self && isMember(sql, self, row, member.accountId)) {
      raiseReceipt(sql, row.key, member);
    }
  }
}
