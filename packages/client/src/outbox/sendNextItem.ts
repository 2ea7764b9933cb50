import {
  type ConversationGroup,
  exportForCall,
  exportForGroupCall,
  historyKeyOf,
  isHistoryOn,
  protectMessage,
} from '@sotto/crypto';
import { actionOf, idToBytes, Connection as Methods } from '@sotto/protocol';
import { readBlobIds } from '../attachments/attachmentTable.ts';
import { answerIn, loseCall, noteExported } from '../calls/callItem.ts';
import {
  type ConversationKey,
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { afterError, type WorkNotes, type WorkResult } from '../conversations/workResult.ts';
import type { Changes } from '../device/changes.ts';
import { startDeadline, timeLeftMs } from '../device/deadline.ts';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';
import { startSent } from '../disappearing/messageClocks.ts';
import { keysIn, loseGroupCall, noteKeysExported } from '../groupCalls/groupCallItem.ts';
import { loseGroup } from '../groups/loseGroup.ts';
import { newestPosition } from '../integrity/entryHashTable.ts';
import { tellOf } from '../messageChanges/applyChange.ts';
import { decodeContent, isChange, withSeen, withTimer } from '../messages/content.ts';
import { rulesOfPolicy } from '../messages/messageRules.ts';
import { findMessage, moveMessage, setTimer } from '../messages/messageTable.ts';
import { pendingChoice } from '../policy/historyChoice.ts';
import type { Sql } from '../ports.ts';
import { clampTime } from '../sync/entry.ts';
import { contentOf, mayBeSaid, wakesOthers } from './itemContent.ts';
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
  const { epoch, body, live, kept, isPassing } = sealed.message;
  const result = await device.connection.call(Methods.method.append, {
    conversationId: idToBytes(row.logId),
    transactionId: idToBytes(item.transactionId),
    epoch: BigInt(epoch),
    kind: { case: 'message', value: { body, live, ...(kept === null ? {} : { kept }) } },
    passing: isPassing,
    blobIds: device.database.read((sql) => readBlobIds(sql, row.key, item.transactionId)),
    wakes: device.database.read((sql) => wakesOthers(sql, row.key, item)),
  });
  switch (result.kind) {
    case 'lost':
      return { kind: 'idle' };
    case 'answer':
      await accept(device, row, item, {
        seq: Number(result.value.seq),
        atMs: clampTime(result.value.acceptedAtMs),
      });
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
      // Its files were let go of before it came: they are sent again, where they are here.
      if (result.error.code === 'blob_unknown' && (await device.attachments.renew(row.key, item))) {
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
    const own = step.read((sql) => contentOf(sql, key, present));
    const isFit = own !== null && mayBeSaid(rulesOfPolicy(group.policy), device.self.accountId, own);
    if (own === null || !isFit) {
      await step.commit((sql, changes) => fail(sql, changes, row, present));
      return { kind: 'again' };
    }
    const timerSeconds = own.timerSeconds ?? group.policy.timerSeconds;
    const isPassing = timerSeconds > 0 || own.isPassing;
    const answer = answerIn(own);
    const keys = keysIn(own);
    const made = await protectMessage(cryptoContext(device), group, device.self, {
      content: withTimer(withSeen(own.bytes, seen), timerSeconds),
      transactionId: present.transactionId,
      ...(own.isForLater && isKept && !isPassing ? { historyKey: historyKeyOf(group) } : {}),
    });
    if (made.kind === 'refused') {
      await step.commit((sql, changes) => {
        updateConversation(sql, key, { broken: true });
        changes.conversation(row.conversationId);
      });
      return { kind: 'again' };
    }
    const { body, live, kept } = made;
    const message = { epoch: Number(group.epoch), body, live, kept, isPassing };
    await step.commit((sql) => {
      device.groups.store(sql, key, made.group);
      storeSealed(sql, present.position, message);
      // It stands in this epoch's log, or is sealed anew.
      if (answer !== null) noteExported(sql, answer, exportForCall(group, answer).toHex());
      if (keys !== null) {
        noteKeysExported(sql, keys, present.transactionId, exportForGroupCall(group, keys).toHex());
      }
      if (own.kind === 'text') setTimer(sql, key, present.transactionId, timerSeconds);
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
  { seq, atMs }: { readonly seq: number; readonly atMs: number },
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
        placePassedItem(sql, changes, device, row, present, seq);
        return;
      }
      markOutboxAccepted(sql, present.position, seq);
      const message = findMessage(sql, row.key, item.transactionId);
      if (message === null) return;
      moveMessage(sql, row.key, item.transactionId, { order: message.order, state: 'sent' });
      // It may be long until the log comes back to it.
      startSent(sql, row.key, item.transactionId, Math.min(atMs, device.serverClock.nowMs()));
      changes.deadline();
      changes.message(row.conversationId, item.transactionId);
    });
  });
}

/** The server will never take it: the message is shown as failed, and can be tried again or discarded. */
export async function failItem(device: DeviceContext, row: ConversationRow, item: OutboxItem): Promise<void> {
  await device.steps.run(async (step) => {
    const present = step.read((sql) => findOutboxItem(sql, row.key, item.transactionId));
    if (present === null) return;
    await step.commit((sql, changes) => fail(sql, changes, row, present));
  });
}

/** What was to be done to a message shows as not done any more. */
function fail(sql: Sql, changes: Changes, row: ConversationRow, item: OutboxItem): void {
  deleteOutboxItem(sql, item.position);
  if (item.kind === 'call') {
    loseCall(sql, changes, row.key, item);
    loseGroupCall(sql, changes, row.key, item);
  }
  const changed = item.kind === 'text' ? null : decodeContent(item.content);
  if (changed !== null && isChange(changed)) {
    tellOf({ sql, changes, row }, changed.message, changed.kind === 'edit' || changed.kind === 'deletion');
  }
  const message = findMessage(sql, row.key, item.transactionId);
  if (message === null) return;
  moveMessage(sql, row.key, item.transactionId, { order: message.order, state: 'failed' });
  changes.message(row.conversationId, item.transactionId);
}
