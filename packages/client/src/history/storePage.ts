import type { AccountId, ConversationId, TransactionId } from '@sotto/protocol';
import {
  type ConversationKey,
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { type CheckedEntry, LogCheck, type SeenClaim } from '../integrity/logCheck.ts';
import {
  countUnread,
  findMessage,
  hasMessageAt,
  insertMessage,
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
  readonly peerId: AccountId;
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
    const entry = decodeEntry(bytes);
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
  if (hasMessageAt(sql, row.key, entry.seq)) return;
  if (effect.kind === 'gap' && isNextToGap(sql, row.key, entry.seq)) return;
  const known = findMessage(sql, row.key, entry.transactionId);
  if (known !== null && entry.sender.deviceId === device.self.deviceId) {
    // Sent by this device, and its answer was lost.
    const item = findOutboxItem(sql, row.key, entry.transactionId);
    if (item === null) return;
    deleteOutboxItem(sql, item.position);
    moveMessage(sql, row.key, entry.transactionId, { order: entry.seq, state: 'sent' });
    changes.message(row.conversationId, entry.transactionId);
    return;
  }
  if (effect.kind === 'text' && known?.bodyKind === 'text' && known.senderDevice === entry.sender.deviceId) {
    // The signature is of this device and id: a repetition. The first place is the one that it was given.
    if (known.order <= entry.seq) return;
    moveMessage(sql, row.key, entry.transactionId, { order: entry.seq, state: known.state });
    changes.message(row.conversationId, entry.transactionId);
    return;
  }
  const isRepeated = effect.kind === 'unreadable' && effect.reason === 'stale_epoch';
  if (isRepeated && known?.bodyKind === 'text' && known.senderDevice === entry.sender.deviceId) return;
  // Ids are chosen by senders: one that is taken does not replace what is there.
  const messageId = known === null ? entry.transactionId : randomId<TransactionId>(device.provider);
  if (effect.kind === 'unreadable') storeUnreadable(sql, row.key, entry.seq, effect.reason, effect.bytes);
  insertMessage(sql, row.key, {
    order: entry.seq,
    messageId,
    senderId: entry.sender.accountId,
    senderDevice: entry.sender.deviceId,
    sentAtMs: effect.kind === 'text' ? effect.sentAtMs : entry.acceptedAtMs,
    state: effect.kind === 'text' && entry.sender.accountId === device.self.accountId ? 'sent' : 'received',
    ...shownAs(effect),
  });
  changes.message(row.conversationId, messageId);
}

function shownAs(effect: HistoryEffect): {
  readonly bodyKind: 'text' | 'notice' | 'unreadable';
  readonly detail: string;
} {
  switch (effect.kind) {
    case 'text':
      return { bodyKind: 'text', detail: effect.text };
    case 'started':
      return { bodyKind: 'notice', detail: 'conversationStarted' };
    case 'gap':
      return { bodyKind: 'notice', detail: 'historyGap' };
    case 'unreadable':
      return { bodyKind: 'unreadable', detail: effect.reason };
  }
}

/** What senders say in these entries to have seen of the log. */
export function claimsOf(effects: readonly HistoryEffect[]): SeenClaim[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== 'text' || effect.seen === null) return [];
    const { sender, seq } = effect.entry;
    return [{ accountId: sender.accountId, atSeq: seq, seen: effect.seen }];
  });
}
