import { mightNameEveryone, type Rights } from '@sotto/crypto';
import type { AccountId } from '@sotto/protocol';
import type { AccountView, ConversationView, MessageView, TimerView } from '../api.ts';
import { waitingOrderBase } from '../api.ts';
import { attachmentViews } from '../attachments/attachmentView.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { countMembers } from '../conversations/members.ts';
import { readTimerWish } from '../disappearing/timerWishTable.ts';
import { waitingDetails } from '../groups/groupChangeTable.ts';
import { mayInGroup, readGroupDetails, readGroupEnd, readGroupRules } from '../groups/groupInfoTable.ts';
import { requestsToAnswer } from '../groups/joinRequestTable.ts';
import { readReplacement } from '../identity/replacedTable.ts';
import { hasLogAlarm } from '../integrity/logAlarmTable.ts';
import { pinsLimit } from '../messageChanges/messageChangeTable.ts';
import { pinnedMessages } from '../messageChanges/pinnedMessages.ts';
import { unreadMentions } from '../messages/findMessages.ts';
import { type MessageRow, newestMessage } from '../messages/messageTable.ts';
import { isArchived } from '../ownState/changeConversation.ts';
import { readOwnState } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';
import { receiptChoice } from '../receipts/receiptChoice.ts';
import { leastReceipt, readReceipts } from '../receipts/receiptTable.ts';
import { isGone, messageView, type ViewNames } from './messageView.ts';

/** What a conversation's view needs beside the database. */
export interface ViewContext extends ViewNames {
  isOnline(account: AccountId): boolean;
  typingBy(conversation: ConversationRow['conversationId']): readonly AccountId[];
  now(): number;
}

const noPhoto = new Uint8Array(0);
const withoutPictures = { thumbnail: noPhoto, placeholder: noPhoto, waveform: noPhoto };
const shownTyping = 3;
const mayInDirect: ConversationView['may'] = {
  addMembers: false,
  removeMembers: false,
  editDetails: false,
  call: true,
  setTimer: true,
  pin: true,
  deleteMessages: false,
  send: true,
  nameEveryone: false,
};

const mayAlone: ConversationView['may'] = { ...mayInDirect, call: false };

export function conversationView(context: ViewContext, sql: Sql, row: ConversationRow): ConversationView {
  const peer = row.peerId === null ? null : context.account(row.peerId);
  const party = peer === null ? groupParty(context, sql, row) : directParty(context, peer);
  const newest = newestMessage(sql, row.key, context.now(), context.serverNow());
  const pinned = pinnedMessages(sql, row.key, pinsLimit).filter((one) => !isGone(context, one));
  const { delivered, read } = receiptsOf(context, sql, row);
  // Who keeps to itself what it has read is not shown what others have.
  const isReadShown = row.peerId === context.self || receiptChoice(sql).on;
  const own = readOwnState(sql, row);
  const nowMs = context.now();
  return {
    conversationId: row.conversationId,
    ...party,
    peer,
    memberCount: countMembers(sql, context.self, row),
    timer: timerView(sql, row),
    unreadMentions: unreadMentions(sql, row.key, row.ownRead).length,
    markedUnread: own.unread.unread,
    pinnedMessage: pinned[0] === undefined ? null : lineView(context, sql, row, pinned[0]),
    pinnedCount: pinned.length,
    online: row.peerId !== null && context.isOnline(row.peerId),
    typing: context.typingBy(row.conversationId).length > 0,
    lastMessage: newest === null ? null : lineView(context, sql, row, newest),
    lastActivityMs: row.lastActivityMs,
    unreadCount: row.unreadCount,
    archived: isArchived(sql, row, own, nowMs),
    mutedUntilMs: own.muted.untilMs > nowMs ? own.muted.untilMs : null,
    pinnedAtMs: own.pinned.pinned ? own.pinned.changedAtMs : null,
    draft: row.draft,
    newIdentity: peer === null ? null : newIdentityOf(sql, peer),
    deliveredOrder: delivered,
    readOrder: isReadShown ? read : 0,
    ownReadOrder: row.ownRead,
    state: row.state === 'waiting' || row.state === 'joining' ? 'waiting' : row.broken ? 'healing' : 'ready',
    logForked: hasLogAlarm(sql, row.key),
  };
}

/** For a line of words: with what its files are, not with their pictures or how far they are. */
function lineView(context: ViewContext, sql: Sql, row: ConversationRow, message: MessageRow): MessageView {
  const view = messageView(context, row.conversationId, message);
  if (view.body.kind !== 'text') return view;
  const files = attachmentViews(sql, {}, row.key, [message.messageId]).get(message.messageId);
  if (files === undefined) return view;
  const attachments = files.map((file) => ({ ...file, ...withoutPictures }));
  return { ...view, body: { ...view.body, attachments } };
}

function timerView(sql: Sql, row: ConversationRow): TimerView {
  const wish = readTimerWish(sql, row.key);
  const wanted = wish === null || wish.seconds === row.timerSeconds ? null : wish.seconds;
  return { seconds: row.timerSeconds, wanted, problem: wish?.problem ?? null };
}

type PartyView = Pick<
  ConversationView,
  'kind' | 'title' | 'photo' | 'typingBy' | 'joinRequestCount' | 'may' | 'ended'
>;

function directParty(context: ViewContext, peer: AccountView): PartyView {
  const may = peer.accountId === context.self ? mayAlone : mayInDirect;
  return {
    kind: 'direct',
    title: peer.username,
    photo: noPhoto,
    typingBy: [],
    joinRequestCount: 0,
    may,
    ended: null,
  };
}

function groupParty(context: ViewContext, sql: Sql, row: ConversationRow): PartyView {
  const details = readGroupDetails(sql, row.key) ?? waitingDetails(sql, row.key);
  const rules = readGroupRules(sql, row.key);
  const ended = readGroupEnd(sql, context.self, row.key);
  const may = (right: keyof Rights): boolean =>
    ended === null && (rules === null ? row.state === 'waiting' : mayInGroup(rules, context.self, right));
  return {
    kind: 'group',
    title: details?.name ?? readOwnState(sql, row).title.name,
    photo: details?.photo ?? noPhoto,
    typingBy: context.typingBy(row.conversationId).slice(0, shownTyping).map(context.account),
    joinRequestCount: ended === null ? requestsToAnswer(sql, row.key, context.self, rules).length : 0,
    may: {
      addMembers: may('addMembers'),
      removeMembers: may('removeMembers'),
      editDetails: may('editDetails'),
      call: may('call'),
      setTimer: may('setTimer'),
      pin: may('pin'),
      deleteMessages: may('deleteMessages'),
      send: may('send'),
      nameEveryone: ended === null && (rules === null || mightNameEveryone(rules, context.self)),
    },
    ended,
  };
}

function newIdentityOf(
  sql: Sql,
  { accountId: peerId, username }: AccountView,
): ConversationView['newIdentity'] {
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
  if (row.peerId === null)
    return leastReceipt(sql, context.self, row.key, countMembers(sql, context.self, row));
  const receipt = readReceipts(sql, row.key).find((one) => one.accountId === row.peerId);
  return { delivered: receipt?.delivered ?? 0, read: receipt?.read ?? 0 };
}
