import { type ConversationGroup, historyKeyOf, isHistoryOn, protectMessage } from '@sotto/crypto';
import { actionOf, idToBytes, Connection as Methods } from '@sotto/protocol';
import {
  type ConversationKey,
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { afterError, type WorkNotes, type WorkResult } from '../conversations/workResult.ts';
import { startDeadline, timeLeftMs } from '../device/deadline.ts';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';
import { loseGroup } from '../groups/loseGroup.ts';
import { newestPosition } from '../integrity/entryHashTable.ts';
import { withSeen } from '../messages/content.ts';
import { findMessage, moveMessage } from '../messages/messageTable.ts';
import { pendingChoice } from '../policy/historyChoice.ts';
import {
  deleteOutboxItem,
  findOutboxItem,
  markOutboxAccepted,
  type OutboxItem,
  type SealedMessage,
  storeSealed,
} from './outboxTable.ts';
import { placePassedItem } from './placePassedItem.ts';

/** How long the log may take to bring the epoch that the server spoke of, before it is read again. */
const epochWaitMs = 5_000;

/**
 * Sends the first item of a conversation's outbox (states: outboxTable.ts). The sealed bytes are durable with
 * the group state that made them before they leave, so a repetition after a lost answer is the same bytes
 * under the same transaction id; only where the server has refused them, or the log has left their epoch
 * without them, are they made anew.
 */
export async function sendNextItem(
  device: DeviceContext,
  row: ConversationRow,
  item: OutboxItem,
  notes: WorkNotes,
): Promise<WorkResult> {
  if (row.logId === null) return { kind: 'idle' };
  const sealed = await sealItem(device, row, item, notes);
  if (sealed.kind !== 'sealed') return sealed;
  const { epoch, body, live, kept } = sealed.message;
  const result = await device.connection.call(Methods.method.append, {
    conversationId: idToBytes(row.logId),
    transactionId: idToBytes(item.transactionId),
    epoch: BigInt(epoch),
    kind: { case: 'message', value: { body, live, ...(kept === null ? {} : { kept }) } },
  });
  switch (result.kind) {
    case 'lost':
      return { kind: 'idle' };
    case 'answer':
      await accept(device, row, item, Number(result.value.seq));
      return { kind: 'again' };
    case 'error':
      if (result.error.code === 'stale_epoch') {
        const present = result.error.epoch ?? BigInt(epoch + 1);
        // It names the epoch that it refuses, or one that is over: asking at once would ask for ever.
        if (present <= BigInt(epoch)) return afterError({ code: 'unavailable' });
        notes.awaitedEpoch = present;
        notes.awaitUntil = startDeadline(device.clock, epochWaitMs);
        notes.hasReread = false;
        return { kind: 'again' };
      }
      if (actionOf(result.error) === 'retry') return afterError(result.error);
      await failItem(device, row, item);
      return { kind: 'again' };
  }
}

type Sealing = { readonly kind: 'sealed'; readonly message: SealedMessage } | WorkResult;

async function sealItem(
  device: DeviceContext,
  row: ConversationRow,
  item: OutboxItem,
  notes: WorkNotes,
): Promise<Sealing> {
  const { key } = row;
  return device.steps.run(async (step): Promise<Sealing> => {
    const { group, present, seen } = step.read((sql) => ({
      group: device.groups.get(sql, key),
      present: findOutboxItem(sql, key, item.transactionId),
      seen: newestPosition(sql, key, conversationByKey(sql, key)?.cursor ?? 0),
    }));
    // Accepted by the log, or discarded, meanwhile.
    if (present === null || present.state === 'accepted') return { kind: 'again' };
    if (group === null) {
      await loseGroup(step, row);
      return { kind: 'again' };
    }
    const waiting = awaitEpoch(device, key, group, notes);
    if (waiting !== null) {
      if (waiting === 'broken') {
        await step.commit((sql, changes) => {
          updateConversation(sql, key, { broken: true });
          changes.conversation(row.conversationId);
        });
        return { kind: 'again' };
      }
      return waiting;
    }
    if (present.sealed !== null && present.sealed.epoch === Number(group.epoch)) {
      return { kind: 'sealed', message: present.sealed };
    }
    const isKept = isHistoryOn(group.policy) && step.read((sql) => pendingChoice(sql, row))?.off !== true;
    const made = await protectMessage(cryptoContext(device), group, device.self, {
      content: withSeen(present.content, seen),
      transactionId: present.transactionId,
      // Receipts tell of moments, and nobody looks for them later.
      ...(present.kind === 'text' && isKept ? { historyKey: historyKeyOf(group) } : {}),
    });
    if (made.kind === 'refused') {
      await step.commit((sql, changes) => {
        updateConversation(sql, key, { broken: true });
        changes.conversation(row.conversationId);
      });
      return { kind: 'again' };
    }
    const message = { epoch: Number(group.epoch), body: made.body, live: made.live, kept: made.kept };
    await step.commit((sql) => {
      device.groups.store(sql, key, made.group);
      storeSealed(sql, present.position, message);
    });
    device.groups.replaced(key, [group, made.group]);
    return { kind: 'sealed', message };
  });
}

/**
 * Null: go on. The log brings the server's epoch; where it does not in time, it is read again once, and where that
 * does not help either, the group cannot follow.
 */
function awaitEpoch(
  device: DeviceContext,
  key: ConversationKey,
  group: ConversationGroup,
  notes: WorkNotes,
): WorkResult | 'broken' | null {
  if (notes.awaitedEpoch === null || group.epoch >= notes.awaitedEpoch) {
    notes.awaitedEpoch = null;
    return null;
  }
  const leftMs = timeLeftMs(device.clock, notes.awaitUntil);
  if (leftMs > 0) return { kind: 'later', delayMs: leftMs };
  if (notes.hasReread) {
    notes.awaitedEpoch = null;
    return 'broken';
  }
  notes.hasReread = true;
  notes.awaitUntil = startDeadline(device.clock, epochWaitMs);
  void device.sync.subscribe(key);
  return { kind: 'later', delayMs: epochWaitMs };
}

/**
 * The log will bring the entry, and with it the message's place. Where the log has been read past it already (the
 * device rejoined in between), it will not come: then the answer is all there is.
 */
async function accept(
  device: DeviceContext,
  row: ConversationRow,
  item: OutboxItem,
  seq: number,
): Promise<void> {
  await device.steps.run(async (step) => {
    const { present, cursor } = step.read((sql) => ({
      present: findOutboxItem(sql, row.key, item.transactionId),
      cursor: conversationByKey(sql, row.key)?.cursor ?? 0,
    }));
    // Gone: the log has told already.
    if (present === null) return;
    await step.commit((sql, changes) => {
      if (!Number.isSafeInteger(seq) || seq < 1 || seq <= cursor) {
        placePassedItem(sql, changes, row, present, seq);
        return;
      }
      markOutboxAccepted(sql, present.position, seq);
      const message = findMessage(sql, row.key, item.transactionId);
      if (message === null) return;
      moveMessage(sql, row.key, item.transactionId, { order: message.order, state: 'sent' });
      changes.message(row.conversationId, item.transactionId);
    });
  });
}

/** The server will never take it: the message is shown as failed, and can be tried again or discarded. */
export async function failItem(device: DeviceContext, row: ConversationRow, item: OutboxItem): Promise<void> {
  await device.steps.run(async (step) => {
    const present = step.read((sql) => findOutboxItem(sql, row.key, item.transactionId));
    if (present === null) return;
    await step.commit((sql, changes) => {
      deleteOutboxItem(sql, present.position);
      const message = findMessage(sql, row.key, item.transactionId);
      if (message === null) return;
      moveMessage(sql, row.key, item.transactionId, { order: message.order, state: 'failed' });
      changes.message(row.conversationId, item.transactionId);
    });
  });
}
