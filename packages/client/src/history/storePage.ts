import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AccountId,
  CommitEntrySchema,
  type ConversationId,
  EntrySchema,
  type TransactionId,
} from '@sotto/protocol';
import { applyEnd } from '../calls/applyCall.ts';
import { isOfCall } from '../calls/callLine.ts';
import { findCall } from '../calls/callTable.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import {
  type ConversationKey,
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { noteFormerMembers } from '../conversations/members.ts';
import type { Changes } from '../device/changes.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { isNextToDisappeared } from '../disappearing/disappearedLine.ts';
import { startShown } from '../disappearing/messageClocks.ts';
import { applyEnd as applyGroupEnd, applyPastStart } from '../groupCalls/applyGroupCall.ts';
import { isOfGroupCall } from '../groupCalls/groupCallLine.ts';
import { applyPastNote } from '../groups/applyPastNote.ts';
import { type CheckedEntry, LogCheck, type SeenClaim } from '../integrity/logCheck.ts';
import { isHiddenMessage } from '../marks/messageMarkTable.ts';
import { applyChange } from '../messageChanges/applyChange.ts';
import { hasChangeBy } from '../messageChanges/messageChangeTable.ts';
import { placeParts, shownText } from '../messageChanges/shownText.ts';
import { type ChangeContent, type ChangeKind, isChange } from '../messages/content.ts';
import { groupNotice } from '../messages/groupNotice.ts';
import { allowedMentions } from '../messages/mentions.ts';
import {
  countUnread,
  deleteMessage,
  findMessage,
  findMessageAt,
  hasMessageAt,
  insertMessage,
  isSaid,
  moveMessage,
  newestReceivedUpTo,
} from '../messages/messageTable.ts';
import { deleteOutboxItem, findOutboxItem } from '../outbox/outboxTable.ts';
import { firstPositions } from '../ownState/applyOwnState.ts';
import { readOwnState } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';
import { decodeEntry } from '../sync/entry.ts';
import { storeUnreadable } from '../sync/unreadableTable.ts';
import { isNextToGap, withStatedGaps } from './historyGaps.ts';
import { noteMissing } from './noteMissing.ts';
import { type HistoryEffect, type OpenedEntries, openEntries } from './openEntries.ts';
import { addSpan, spanBelow } from './spanTable.ts';

/** One page of a conversation's log as the server gave it: its last entry stands right before `beforeSeq`. */
export interface ReceivedPage {
  readonly key: ConversationKey;
  readonly logId: ConversationId;
  readonly beforeSeq: number;
  /** Encoded entries, ascending. */
  readonly entries: readonly Uint8Array[];
}

export interface StoredPages {
  /** Conversations whose page is here now. */
  readonly stored: ReadonlySet<ConversationKey>;
  /** Conversations whose page waits until the chains of `wanted` were fetched. */
  readonly waiting: ReadonlySet<ConversationKey>;
  readonly wanted: ReadonlySet<AccountId>;
}

interface OpenedPage {
  readonly page: ReceivedPage;
  readonly peerId: AccountId | null;
  readonly fromSeq: number;
  readonly entries: readonly CheckedEntry[];
  readonly opened: OpenedEntries;
}

/**
 * Opens pages of history, one of each conversation, and stores what they show, which entries are here now, and the keys
 * that opened them, in one step (spec/history.md §Reading back). Messages that are here already stay as they are; a page
 * that is not what was asked for is left out. Opening takes no turn among the steps, since it changes nothing.
 */
export async function storePages(
  device: DeviceContext,
  pages: readonly ReceivedPage[],
  settled: ReadonlySet<AccountId>,
): Promise<StoredPages> {
  const stored = new Set<ConversationKey>();
  const waiting = new Set<ConversationKey>();
  const wanted = new Set<AccountId>();
  const ready: OpenedPage[] = [];
  for (const page of await Promise.all(pages.map((one) => openPage(device, one)))) {
    if (page === null) continue;
    const missing = page.opened.wanted.difference(settled);
    if (missing.size === 0) ready.push(page);
    else waiting.add(page.page.key);
    for (const account of missing) wanted.add(account);
  }
  if (ready.length === 0) return { stored, waiting, wanted };
  await device.steps.run(async (step) => {
    const present = ready.flatMap((one) => {
      const row = step.read((sql) => conversationByKey(sql, one.page.key));
      if (row === null || row.logId !== one.page.logId || row.peerId !== one.peerId) return [];
      const claims = claimsOf(one.opened.effects);
      return [{ ...one, row, check: new LogCheck(device.provider, step, row, one.entries, claims) }];
    });
    await step.commit((sql, changes) => {
      for (const one of present) storeOpened(device, sql, changes, one);
    });
    for (const { page } of present) stored.add(page.key);
  });
  return { stored, waiting, wanted };
}

/** Null where the entries are not those that were asked for. */
async function openPage(device: DeviceContext, page: ReceivedPage): Promise<OpenedPage | null> {
  const fromSeq = page.beforeSeq - page.entries.length;
  const entries = page.entries.flatMap((bytes, index) => {
    const entry = decodeEntry(device.provider, bytes);
    return entry?.seq === fromSeq + index ? [{ bytes, entry }] : [];
  });
  if (entries.length < page.entries.length || entries.length === 0 || fromSeq < 1) return null;
  const row = device.database.read((sql) => conversationByKey(sql, page.key));
  if (row === null || row.logId !== page.logId) return null;
  const opened = await openEntries(device, device.database, row, page.logId, entries);
  return { page, peerId: row.peerId, fromSeq, entries, opened };
}

function storeOpened(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  { page, fromSeq, entries, opened, row, check }: OpenedPage & { row: ConversationRow; check: LogCheck },
): void {
  const isFirst = spanBelow(sql, row.key, Number.MAX_SAFE_INTEGER) === null;
  for (const effect of withStatedGaps(sql, row.key, opened.effects)) {
    storeEffect(device, sql, changes, row, effect);
  }
  if (noteFormerMembers(sql, row.key, [...opened.former]).areNew) device.sync.reopen();
  addSpan(sql, row.key, { fromSeq, toSeq: page.beforeSeq - 1 });
  check.store(sql, changes, device.clock.now());
  opened.keys.store(sql);
  const texts = opened.effects.filter(({ kind }) => kind === 'text');
  const newest = (texts.at(-1) ?? entries.at(-1))?.entry.acceptedAtMs ?? row.lastActivityMs;
  if (isFirst) {
    // What the account says was read and told before this device came; the rest is new to it.
    const newestReceived = newestReceivedUpTo(sql, row.key, page.beforeSeq - 1);
    const { accountId } = device.self;
    const own = readOwnState(sql, row);
    updateConversation(sql, row.key, {
      lastActivityMs: newest,
      ...firstPositions(sql, accountId, row, own, newestReceived),
    });
    startShown(sql, changes, row.key, own, device.serverClock.nowMs());
  } else {
    updateConversation(sql, row.key, {
      unreadCount: countUnread(sql, row.key, row.ownRead),
      lastActivityMs: texts.length === 0 ? row.lastActivityMs : Math.max(newest, row.lastActivityMs),
    });
  }
  changes.conversation(row.conversationId);
}

function storeEffect(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  row: ConversationRow,
  effect: HistoryEffect,
): void {
  const { entry } = effect;
  if (effect.kind === 'callEnd') {
    placeHistoryCall(device, sql, changes, row, effect);
    return;
  }
  if (effect.kind === 'groupCall') {
    placeHistoryGroupCall(device, sql, changes, row, effect);
    return;
  }
  if (isChange(effect)) {
    applyHistoryChange(device, sql, changes, row, effect);
    return;
  }
  if (effect.kind === 'noted') {
    applyPastNote(device, sql, row, effect.note, entry.seq);
    if (effect.note.changes.length === 0) return;
  }
  if (effect.kind === 'unnoted') {
    storeUnreadable(sql, row.key, entry.seq, noteMissing, withoutCommit(effect.bytes));
    if (entry.seq > 1) return;
  }
  if (hasMessageAt(sql, row.key, entry.seq)) return;
  if (effect.kind === 'gap' && isNextToGap(sql, row.key, entry.seq)) return;
  if (effect.kind === 'disappeared' && isNotTold(sql, row, entry)) return;
  const { accountId, deviceId } = entry.sender;
  const known = findMessage(sql, row.key, entry.transactionId);
  if (known !== null && deviceId === device.self.deviceId) {
    // Sent by this device, and its answer was lost.
    const item = findOutboxItem(sql, row.key, entry.transactionId);
    if (item === null) return;
    deleteOutboxItem(sql, item.position);
    moveMessage(sql, row.key, entry.transactionId, { order: entry.seq, state: 'sent' });
    changes.message(row.conversationId, entry.transactionId);
    return;
  }
  const isKnown = known !== null && isSaid(known) && known.senderDevice === deviceId;
  if (effect.kind === 'text' && isKnown) {
    // The signature is of this device and id: a repetition. The first place is the one that it was given.
    if (known.order <= entry.seq) return;
    moveMessage(sql, row.key, entry.transactionId, { order: entry.seq, state: known.state });
    changes.message(row.conversationId, entry.transactionId);
    return;
  }
  if (effect.kind === 'unreadable' && effect.reason === 'stale_epoch') {
    if (isKnown || hasChangeBy(sql, row.key, entry.transactionId, deviceId)) return;
  }
  // Ids are chosen by senders: one that is taken does not replace what is there.
  const messageId = known === null ? entry.transactionId : randomId<TransactionId>(device.provider);
  if (effect.kind === 'text') {
    placeHistoryText(device, sql, changes, row, effect, messageId);
    return;
  }
  if (effect.kind === 'unreadable') {
    // Of what passes nothing stays, readable or not.
    const kept = entry.isPassing ? new Uint8Array(0) : effect.bytes;
    storeUnreadable(sql, row.key, entry.seq, effect.reason, kept);
  }
  insertMessage(sql, row.key, {
    order: entry.seq,
    messageId,
    wireId: entry.transactionId,
    senderId: accountId,
    senderDevice: deviceId,
    sentAtMs: entry.acceptedAtMs,
    state: 'received',
    ...shownAs(effect),
  });
  changes.message(row.conversationId, messageId);
}

/** One line for all that follow one another, and none for what was said of a call. */
function isNotTold(
  sql: Sql,
  row: ConversationRow,
  entry: { readonly seq: number; readonly acceptedAtMs: number },
): boolean {
  return (
    isNextToDisappeared(sql, row.key, entry.seq) ||
    isOfCall(sql, row.key, entry) ||
    isOfGroupCall(sql, row.key, entry)
  );
}

/** How a call ended, on a device that was not there. */
function placeHistoryCall(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  row: ConversationRow,
  { message, entry }: HistoryEffect & { readonly kind: 'callEnd' },
): void {
  const { seq, acceptedAtMs, sender } = entry;
  if (sender.deviceId === device.self.deviceId) {
    // Sent by this device, and its answer was lost.
    const item = findOutboxItem(sql, row.key, entry.transactionId);
    if (item !== null) deleteOutboxItem(sql, item.position);
  }
  applyEnd(
    { device, sql, changes, row },
    message,
    { seq, acceptedAtMs, sender },
    { known: findCall(sql, message.callId), timerSeconds: 0, deadline: () => null },
  );
}

/** How a call of a group began or ended, on a device that was not there. */
function placeHistoryGroupCall(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  row: ConversationRow,
  { message, rules, entry }: HistoryEffect & { readonly kind: 'groupCall' },
): void {
  const { seq, acceptedAtMs, sender } = entry;
  if (sender.deviceId === device.self.deviceId) {
    // Sent by this device, and its answer was lost.
    const item = findOutboxItem(sql, row.key, entry.transactionId);
    if (item !== null) deleteOutboxItem(sql, item.position);
  }
  const said = {
    seq,
    atMs: acceptedAtMs,
    sender,
    rank: 0,
    targetRank: 0,
    mayStart: rules.may(sender.accountId, 'call'),
    mayRing: false,
    exported: null,
    timerSeconds: 0,
  };
  const scene = { device, sql, changes, row };
  if (message.kind === 'start') applyPastStart(scene, message, said);
  else applyGroupEnd(scene, message, said, () => null);
}

/** The line of a change of the group, opened later than the entries around it. */
export function placeNote(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  row: ConversationRow,
  effect: HistoryEffect & { readonly kind: 'noted' },
): void {
  const { entry } = effect;
  const line = findMessageAt(sql, row.key, entry.seq);
  if (line?.bodyKind === 'notice' && line.detail === 'conversationStarted') {
    deleteMessage(sql, row.key, line.messageId);
    changes.removedMessage(row.conversationId, line.messageId);
  }
  storeEffect(device, sql, changes, row, effect);
}

/** A text from history takes its place, unless its sender was not to write, by the rules of then. */
export function placeHistoryText(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  row: ConversationRow,
  effect: HistoryEffect & { readonly kind: 'text' },
  messageId: TransactionId,
): void {
  const { entry, rules } = effect;
  const { accountId, deviceId } = entry.sender;
  if (!rules.may(accountId, 'send')) return;
  const self = device.self.accountId;
  const ref = { accountId, transactionId: entry.transactionId };
  if (isHiddenMessage(sql, row.key, ref)) return;
  const mentions = allowedMentions(rules, accountId, effect.mentions);
  const shown = shownText(sql, self, row.key, ref, { ...effect, mentions });
  insertMessage(sql, row.key, {
    order: entry.seq,
    messageId,
    wireId: entry.transactionId,
    senderId: accountId,
    senderDevice: deviceId,
    sentAtMs: effect.sentAtMs,
    state: accountId === self ? 'sent' : 'received',
    ...shown,
  });
  placeParts({ sql, changes, self, row }, ref, messageId, shown, effect);
  changes.message(row.conversationId, messageId);
}

export function applyHistoryChange(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  row: ConversationRow,
  effect: HistoryEffect & ChangeContent,
): void {
  const { entry, rules, sentAtMs } = effect;
  const { accountId, deviceId } = entry.sender;
  if (deviceId === device.self.deviceId) {
    // Sent by this device, and its answer was lost.
    const item = findOutboxItem(sql, row.key, entry.transactionId);
    if (item !== null) deleteOutboxItem(sql, item.position);
  }
  applyChange({ sql, changes, self: device.self.accountId, row }, rules, {
    seq: entry.seq,
    transactionId: entry.transactionId,
    authorId: accountId,
    authorDevice: deviceId,
    atMs: sentAtMs,
    content: effect,
  });
}

function shownAs(
  effect: Exclude<HistoryEffect, { readonly kind: 'text' | 'callEnd' | 'groupCall' | ChangeKind }>,
): {
  readonly bodyKind: 'notice' | 'unreadable';
  readonly detail: string;
} {
  switch (effect.kind) {
    case 'noted':
      return { bodyKind: 'notice', detail: groupNotice(effect.note.changes) };
    case 'unnoted':
    case 'started':
      return { bodyKind: 'notice', detail: 'conversationStarted' };
    case 'gap':
      return { bodyKind: 'notice', detail: 'historyGap' };
    case 'disappeared':
      return { bodyKind: 'notice', detail: 'disappeared' };
    case 'unreadable':
      return { bodyKind: 'unreadable', detail: effect.reason };
  }
}

/** What senders say in these entries to have seen of the log. */
export function claimsOf(effects: readonly HistoryEffect[]): SeenClaim[] {
  return effects.flatMap((effect) => {
    if (!('seen' in effect) || effect.seen === null) return [];
    const { sender, seq } = effect.entry;
    return [{ accountId: sender.accountId, atSeq: seq, seen: effect.seen }];
  });
}

/** An entry of a commit with its note, as much of it as opening the note needs. */
function withoutCommit(bytes: Uint8Array): Uint8Array {
  const entry = decodeMessage(EntrySchema, bytes);
  if (entry?.kind.case !== 'commit') return bytes;
  const { note, accountsAdded } = entry.kind.value;
  const value = create(CommitEntrySchema, { note, accountsAdded });
  return toBinary(EntrySchema, create(EntrySchema, { ...entry, kind: { case: 'commit', value } }));
}
