import type { AccountId, ConversationId, TransactionId } from '@sotto/protocol';
import {
  type ConversationKey,
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { LogCheck, type SeenClaim } from '../integrity/logCheck.ts';
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
import { isNextToGap, withoutRepeatedGaps } from './historyGaps.ts';
import { type HistoryEffect, openEntries } from './openEntries.ts';
import { addSpan, spanBelow } from './spanTable.ts';

/** One page of a conversation's log as the server gave it: its last entry stands right before `beforeSeq`. */
export interface ReceivedPage {
  readonly key: ConversationKey;
  readonly logId: ConversationId;
  readonly beforeSeq: number;
  /** Encoded entries, ascending. */
  readonly entries: readonly Uint8Array[];
}

export type StoredPage =
  | { readonly kind: 'stored' }
  /** These accounts' chains are to be fetched first. */
  | { readonly kind: 'chains'; readonly wanted: ReadonlySet<AccountId> }
  /** Not what was asked for: nothing of it was stored. */
  | { readonly kind: 'malformed' };

/**
 * Opens a page of history and stores what it shows, which entries are here now, and the keys that opened them, in one
 * step (spec/history.md §Reading back). Messages that are here already stay as they are.
 */
export async function storePage(
  device: DeviceContext,
  page: ReceivedPage,
  settled: ReadonlySet<AccountId>,
): Promise<StoredPage> {
  const entries = page.entries.map((bytes) => ({ bytes, entry: decodeEntry(bytes) }));
  const sound = entries.flatMap(({ bytes, entry }, index) =>
    entry?.seq === page.beforeSeq - entries.length + index ? [{ bytes, entry }] : [],
  );
  const fromSeq = page.beforeSeq - entries.length;
  if (sound.length < entries.length || sound.length === 0 || fromSeq < 1) return { kind: 'malformed' };
  return device.steps.run(async (step): Promise<StoredPage> => {
    const row = step.read((sql) => conversationByKey(sql, page.key));
    if (row === null || row.logId !== page.logId) return { kind: 'malformed' };
    const opened = await openEntries(device, step, row, page.logId, sound);
    const wanted = opened.wanted.difference(settled);
    if (wanted.size > 0) return { kind: 'chains', wanted };
    const checked = new LogCheck(device.provider, step, row, sound, claimsOf(opened.effects));
    await step.commit((sql, changes) => {
      const isFirst = spanBelow(sql, row.key, Number.MAX_SAFE_INTEGER) === null;
      for (const effect of withoutRepeatedGaps(opened.effects)) {
        storeEffect(device, sql, changes, row, effect);
      }
      addSpan(sql, row.key, { fromSeq, toSeq: page.beforeSeq - 1 });
      checked.store(sql, changes, device.clock.now());
      opened.keys.store(sql);
      const texts = opened.effects.filter(({ kind }) => kind === 'text');
      const newest = (texts.at(-1) ?? sound.at(-1))?.entry.acceptedAtMs ?? row.lastActivityMs;
      if (isFirst) {
        // What the account says was read and told before this device came; the rest is new to it.
        const throughSeq = page.beforeSeq - 1;
        const newestReceived = newestReceivedUpTo(sql, row.key, throughSeq);
        const { accountId } = device.self;
        const own = readOwnState(sql, row);
        updateConversation(sql, row.key, {
          lastActivityMs: newest,
          ...firstPositions(sql, accountId, row, own, { throughSeq, newestReceived }),
        });
      } else {
        updateConversation(sql, row.key, {
          unreadCount: countUnread(sql, row.key, row.ownRead),
          lastActivityMs: texts.length === 0 ? row.lastActivityMs : Math.max(newest, row.lastActivityMs),
        });
      }
      changes.conversation(row.conversationId);
    });
    return { kind: 'stored' };
  });
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
function claimsOf(effects: readonly HistoryEffect[]): SeenClaim[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== 'text' || effect.seen === null) return [];
    const { sender, seq } = effect.entry;
    return [{ accountId: sender.accountId, atSeq: seq, seen: effect.seen }];
  });
}
