import type { AccountId } from '@sotto/protocol';
import type { AccountView, ConversationView, MemberView } from '../api.ts';
import { waitingOrderBase } from '../api.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { readReplacement } from '../identity/replacedTable.ts';
import { hasLogAlarm } from '../integrity/logAlarmTable.ts';
import { newestMessage } from '../messages/messageTable.ts';
import { isArchived } from '../ownState/changeConversation.ts';
import { readOwnState } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';
import { readReceipts } from '../receipts/receiptTable.ts';
import { messageView, type ViewNames } from './messageView.ts';

/** What a conversation's view needs beside the database. */
export interface ViewContext extends ViewNames {
  isOnline(account: AccountId): boolean;
  isTyping(conversation: ConversationRow['conversationId']): boolean;
  now(): number;
}

export function conversationView(context: ViewContext, sql: Sql, row: ConversationRow): ConversationView {
  const peer = context.account(row.peerId);
  const newest = newestMessage(sql, row.key);
  const { delivered, read } = receiptsOf(context, sql, row);
  const own = readOwnState(sql, row);
  const nowMs = context.now();
  return {
    conversationId: row.conversationId,
    title: peer.username,
    peer,
    online: context.isOnline(row.peerId),
    typing: context.isTyping(row.conversationId),
    lastMessage: newest === null ? null : messageView(context, row.conversationId, newest),
    lastActivityMs: row.lastActivityMs,
    unreadCount: row.unreadCount,
    archived: isArchived(sql, row, own, nowMs),
    mutedUntilMs: own.muted.untilMs > nowMs ? own.muted.untilMs : null,
    pinnedAtMs: own.pinned.pinned ? own.pinned.changedAtMs : null,
    draft: row.draft,
    newIdentity: newIdentityOf(sql, row.peerId, peer.username),
    deliveredOrder: delivered,
    readOrder: read,
    ownReadOrder: row.ownRead,
    state: row.state === 'waiting' || row.state === 'joining' ? 'waiting' : row.broken ? 'healing' : 'ready',
    logForked: hasLogAlarm(sql, row.key),
  };
}

function newIdentityOf(sql: Sql, peerId: AccountId, username: string): ConversationView['newIdentity'] {
  const replacement = readReplacement(sql, peerId);
  if (replacement === null) return null;
  const { successorId, accepted, toldAtMs } = replacement;
  return { account: { accountId: successorId, username }, accepted, toldAtMs };
}

/** The least that every other member account has; without others, everything has arrived. */
function receiptsOf(
  context: ViewNames,
  sql: Sql,
  row: ConversationRow,
): { readonly delivered: number; readonly read: number } {
  if (row.peerId === context.self) return { delivered: waitingOrderBase - 1, read: waitingOrderBase - 1 };
  const receipt = readReceipts(sql, row.key).find((one) => one.accountId === row.peerId);
  return { delivered: receipt?.delivered ?? 0, read: receipt?.read ?? 0 };
}

/** Member accounts with their devices in the group; without a group, the accounts alone. */
export function memberViews(
  self: AccountId,
  row: ConversationRow,
  roster: readonly { readonly accountId: AccountId }[],
  account: (id: AccountId) => AccountView,
): MemberView[] {
  return [...new Set([self, row.peerId])].map((id) => ({
    account: account(id),
    isSelf: id === self,
    deviceCount: roster.filter((member) => member.accountId === id).length,
  }));
}
