import {
  type ConversationKey,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { noteFormerMembers } from '../conversations/members.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { LogCheck } from '../integrity/logCheck.ts';
import { isChange } from '../messages/content.ts';
import { countUnread, deleteMessage, findMessageAt, newestNoticeOrder } from '../messages/messageTable.ts';
import { type DecodedEntry, decodeEntry } from '../sync/entry.ts';
import { deleteUnreadable, readUnreadable } from '../sync/unreadableTable.ts';
import { noteMissing } from './noteMissing.ts';
import { type HistoryEffect, openEntries } from './openEntries.ts';
import { applyHistoryChange, claimsOf, placeHistoryText, placeNote } from './storePage.ts';

/**
 * Opens once more what could not be opened, because a deposit or a chain came since (spec/history.md §Opening again).
 * What opens takes the place of the line that said so, and where it shows nothing the line goes. False where the server could not be asked for a chain.
 */
export async function reopenEntries(device: DeviceContext, key: ConversationKey): Promise<boolean> {
  const settled = new Set<Parameters<typeof device.directory.fetch>[0]>();
  for (;;) {
    const wanted = await reopen(device, key);
    const missing = wanted.difference(settled);
    if (missing.size === 0) return true;
    if (!(await device.directory.refresh(missing))) return false;
    for (const account of missing) settled.add(account);
  }
}

async function reopen(device: DeviceContext, key: ConversationKey) {
  return device.steps.run(async (step) => {
    const { row, stored, healedAt } = step.read((sql) => ({
      row: conversationByKey(sql, key),
      stored: readUnreadable(sql, key),
      healedAt: newestNoticeOrder(sql, key, 'healed') ?? 0,
    }));
    const received = stored.flatMap(({ bytes, reason }) => {
      const entry = decodeEntry(device.provider, bytes);
      if (entry !== null && reason === noteMissing) return [{ entry, bytes }];
      return entry !== null && mayOpen(device, entry, healedAt) ? [{ entry, bytes }] : [];
    });
    if (row === null || row.logId === null || received.length === 0) return new Set<never>();
    const { effects, keys, former, wanted } = await openEntries(device, step, row, row.logId, received);
    const said = effects.filter((effect) => effect.kind === 'text' || isChange(effect));
    const noted = effects.filter((effect) => effect.kind === 'noted');
    // Receipts, and commits of before this device rejoined: they show nothing.
    const opened = new Set(effects.map(({ entry }) => entry.seq));
    const silent = received.filter(({ entry }) => !opened.has(entry.seq));
    if (said.length + noted.length + silent.length === 0) return wanted;
    const texts = said.filter((effect) => effect.kind === 'text');
    const checked = new LogCheck(device.provider, step, row, [], claimsOf(said));
    await step.commit((sql, changes) => {
      for (const effect of said) {
        const { entry } = effect;
        deleteUnreadable(sql, key, entry.seq);
        const line = findMessageAt(sql, key, entry.seq);
        if (line?.bodyKind !== 'unreadable') continue;
        deleteMessage(sql, key, line.messageId);
        changes.removedMessage(row.conversationId, line.messageId);
        if (isChange(effect)) applyHistoryChange(device, sql, changes, row, effect);
        else if (effect.kind === 'text') {
          placeHistoryText(device, sql, changes, row, effect, line.messageId);
        }
      }
      for (const effect of noted) {
        deleteUnreadable(sql, key, effect.entry.seq);
        placeNote(device, sql, changes, row, effect);
      }
      if (noteFormerMembers(sql, key, [...former]).areNew) device.sync.reopen();
      for (const { entry } of silent) {
        deleteUnreadable(sql, key, entry.seq);
        const line = findMessageAt(sql, key, entry.seq);
        if (line?.bodyKind !== 'unreadable') continue;
        deleteMessage(sql, key, line.messageId);
        changes.removedMessage(row.conversationId, line.messageId);
      }
      keys.store(sql);
      checked.store(sql, changes, device.clock.now());
      const received = texts.filter(({ entry }) => entry.sender.accountId !== device.self.accountId);
      updateConversation(sql, key, {
        unreadCount: countUnread(sql, key, row.ownRead),
        lastActivityMs: Math.max(row.lastActivityMs, newestTimeMs(texts)),
        ownDelivered: Math.max(row.ownDelivered, received.at(-1)?.entry.seq ?? 0),
      });
    });
    device.wake(key);
    return wanted;
  });
}

/** Whether more may be known of an entry by now than when it was not opened. */
function mayOpen(device: DeviceContext, entry: DecodedEntry, healedAt: number): boolean {
  switch (entry.kind.case) {
    case 'message':
      return entry.kind.value.kept !== undefined || entry.sender.deviceId !== device.self.deviceId;
    case 'commit':
      return entry.seq < healedAt;
    default:
      return false;
  }
}

function newestTimeMs(effects: readonly HistoryEffect[]): number {
  return Math.max(0, ...effects.map(({ entry }) => entry.acceptedAtMs));
}
