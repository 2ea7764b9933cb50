import { erasePendingCommit, isHistoryOn, type PendingCommit } from '@sotto/crypto';
import {
  actionOf,
  type ConversationId,
  idFromBytes,
  idToBytes,
  Connection as Methods,
} from '@sotto/protocol';
import { canBeWith, peerOf } from '../conversations/conversationPeer.ts';
import {
  type ConversationRow,
  conversationByKey,
  findConversationByLog,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { afterError, type WorkNotes, type WorkResult } from '../conversations/workResult.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { decodeDeposits } from '../history/deposits.ts';
import { storeEpochKey } from '../history/epochKeys.ts';
import { hasEarlierKeys } from '../history/epochKeyTable.ts';
import { isNextToGap } from '../history/historyGaps.ts';
import { addSpan } from '../history/spanTable.ts';
import { hasMessageAt, insertMessage } from '../messages/messageTable.ts';
import type { NoticeKind } from '../messages/notice.ts';
import { acceptedUpTo } from '../outbox/outboxTable.ts';
import { placePassedItem } from '../outbox/placePassedItem.ts';
import { checkRejoined } from '../policy/historyChoice.ts';
import { clampTime, seqOf } from '../sync/entry.ts';
import { commitToAppend } from './commitToAppend.ts';
import {
  type CommitPurpose,
  deletePending,
  markPendingAccepted,
  type PendingRow,
  readPending,
} from './groupTable.ts';
import { openPending } from './openPending.ts';

const malformedDelayMs = 60_000;

/**
 * Sends a stored pending commit, the same bytes under the same transaction id however often it takes. One that
 * begins this device's membership (create, join, heal) is in force with the server's answer, which names its
 * place in the log; one made inside a group (remove, policy) only when the log reaches it, since entries of the epoch
 * before may still be to read.
 */
export async function sendPendingCommit(
  device: DeviceContext,
  row: ConversationRow,
  pending: PendingRow,
  notes: WorkNotes,
): Promise<WorkResult> {
  const { logId } = row;
  const commit = device.database.read((sql) =>
    device.groups.look(sql, row.key, (group) => openPending(device.provider, pending, group)),
  );
  if (commit.kind === 'refused' || logId === null) {
    await dropPending(device, row, pending);
    return { kind: 'again' };
  }
  const sent = await send(device, row, logId, pending, commit, notes);
  // In force it is the group; else it is read again, or made again.
  if (!sent.isInForce) erasePendingCommit(commit, null);
  return sent.result;
}

interface Sent {
  readonly result: WorkResult;
  /** The commit's group is the one in use. */
  readonly isInForce: boolean;
}

async function send(
  device: DeviceContext,
  row: ConversationRow,
  logId: ConversationId,
  pending: PendingRow,
  commit: PendingCommit,
  notes: WorkNotes,
): Promise<Sent> {
  const ended = (result: WorkResult): Sent => ({ result, isInForce: false });
  const conversationId = idToBytes(logId);
  const transactionId = idToBytes(pending.transactionId);
  if (pending.purpose === 'create') {
    const result = await device.connection.call(Methods.method.createConversation, {
      conversationId,
      transactionId,
      directAccountIds: commit.next.policy.accountIds.map(idToBytes),
      commit: commitToAppend(commit.append, decodeDeposits(pending.deposits)),
    });
    if (result.kind === 'lost') return ended({ kind: 'idle' });
    if (result.kind === 'error') {
      if (actionOf(result.error) === 'retry') return ended(afterError(result.error));
      await dropPending(device, row, pending);
      return ended(
        result.error.code === 'conversation_exists' ? { kind: 'again' } : afterError(result.error),
      );
    }
    const actual = idFromBytes<ConversationId>(result.value.conversationId);
    if (actual === null) return ended({ kind: 'pause', delayMs: malformedDelayMs });
    if (actual !== logId) {
      notes.joinAfterInboxRead = device.sync.rereadInbox();
      await moveToExisting(device, row, pending, actual);
      return ended({ kind: 'again' });
    }
    const seq = seqOf(result.value.seq);
    if (seq === null) return ended({ kind: 'pause', delayMs: malformedDelayMs });
    const isInForce = await enter(device, row, pending, commit, seq, clampTime(result.value.acceptedAtMs));
    return { result: { kind: 'again' }, isInForce };
  }
  const result = await device.connection.call(Methods.method.append, {
    conversationId,
    transactionId,
    epoch: commit.epoch,
    kind: { case: 'commit', value: commitToAppend(commit.append, decodeDeposits(pending.deposits)) },
  });
  if (result.kind === 'lost') return ended({ kind: 'idle' });
  if (result.kind === 'error') {
    if (actionOf(result.error) === 'retry') return ended(afterError(result.error));
    await dropPending(device, row, pending);
    return ended(result.error.code === 'stale_epoch' ? { kind: 'again' } : afterError(result.error));
  }
  if (beginsMembership(pending.purpose)) {
    const seq = seqOf(result.value.seq);
    if (seq === null) return ended({ kind: 'pause', delayMs: malformedDelayMs });
    const isInForce = await enter(device, row, pending, commit, seq, clampTime(result.value.acceptedAtMs));
    return { result: { kind: 'again' }, isInForce };
  }
  await device.steps.run(async (step) => {
    if (!isStill(step, row, pending)) return;
    await step.commit((sql) => markPendingAccepted(sql, row.key));
  });
  return ended({ kind: 'again' });
}

type Beginning = 'create' | 'join' | 'heal';

function beginsMembership(purpose: CommitPurpose): purpose is Beginning {
  return purpose === 'create' || purpose === 'join' || purpose === 'heal';
}

const notices: Readonly<Record<Beginning, NoticeKind>> = {
  create: 'conversationStarted',
  join: 'joinedLate',
  heal: 'healed',
};

/** The commit is in force, unless it is no longer wanted: its group, and the log is read on from behind it. */
async function enter(
  device: DeviceContext,
  row: ConversationRow,
  pending: PendingRow,
  commit: PendingCommit,
  seq: number,
  acceptedAtMs: number,
): Promise<boolean> {
  const { key, conversationId } = row;
  const { accountId } = device.self;
  const entered = await device.steps.run(async (step) => {
    const present = step.read((sql) => conversationByKey(sql, key));
    if (present === null || !isStill(step, row, pending)) return false;
    const { purpose } = pending;
    const peerId = peerOf(device, commit.next.policy);
    if (peerId === null || !step.read((sql) => canBeWith(sql, present, peerId))) {
      await step.commit((sql) => deletePending(sql, key));
      return false;
    }
    const left = step.read((sql) => device.groups.get(sql, key));
    await step.commit((sql, changes) => {
      deletePending(sql, key);
      device.groups.storeAnew(sql, key, commit.next);
      checkRejoined(sql, present, accountId, left?.policy ?? null, commit.next.policy);
      const hasHistory = hasEarlierKeys(sql, commit.next.conversationId, commit.next.epoch);
      storeEpochKey(sql, commit.next);
      // Entries between are of epochs that this device was not in.
      const cursor = Math.max(seq, present.cursor);
      addSpan(sql, key, { fromSeq: cursor, toSeq: cursor });
      updateConversation(sql, key, {
        state: 'ready',
        cursor,
        broken: false,
        peerId,
        ...(purpose === 'heal' ? { healedEpoch: pending.baseEpoch } : {}),
      });
      changes.conversation(conversationId);
      for (const passed of acceptedUpTo(sql, key, cursor)) {
        placePassedItem(sql, changes, row, passed.item, passed.seq);
      }
      if (cursor === present.cursor || !beginsMembership(purpose) || hasMessageAt(sql, key, cursor)) return;
      // With history there is nothing that this device would lack; without, the thread says so already.
      if (purpose === 'join' && (hasHistory || isNextToGap(sql, key, cursor))) return;
      insertMessage(sql, key, {
        order: cursor,
        messageId: pending.transactionId,
        senderId: device.self.accountId,
        senderDevice: device.self.deviceId,
        sentAtMs: acceptedAtMs,
        state: 'received',
        bodyKind: 'notice',
        detail:
          purpose === 'create' && !isHistoryOn(commit.next.policy)
            ? 'startedWithoutHistory'
            : notices[purpose],
      });
      changes.message(conversationId, pending.transactionId);
    });
    device.groups.dropped(key);
    device.groups.replaced(key, [commit.next]);
    return true;
  });
  if (entered) {
    await device.sync.subscribe(key);
    device.history.fetchBetween();
  }
  return entered;
}

/** Both sides began at once, and the other one was first: what waits here goes to the conversation that exists. */
async function moveToExisting(
  device: DeviceContext,
  row: ConversationRow,
  pending: PendingRow,
  logId: ConversationId,
): Promise<void> {
  await device.steps.run(async (step) => {
    if (!isStill(step, row, pending)) return;
    const other = step.read((sql) => findConversationByLog(sql, logId));
    await step.commit((sql, changes) => {
      deletePending(sql, row.key);
      // A conversation of that log here would be with another account: the server's word is not taken.
      if (other === null) updateConversation(sql, row.key, { logId, state: 'joining' });
      changes.conversation(row.conversationId);
    });
  });
}

async function dropPending(device: DeviceContext, row: ConversationRow, pending: PendingRow): Promise<void> {
  await device.steps.run(async (step) => {
    if (!isStill(step, row, pending)) return;
    await step.commit((sql) => {
      deletePending(sql, row.key);
      if (pending.purpose === 'create') updateConversation(sql, row.key, { logId: null });
    });
  });
}

function isStill(step: Step, row: ConversationRow, pending: PendingRow): boolean {
  return step.read((sql) => readPending(sql, row.key))?.transactionId === pending.transactionId;
}
