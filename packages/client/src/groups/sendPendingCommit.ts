import { erasePendingCommit, isHistoryOn, type PendingCommit, type Policy } from '@sotto/crypto';
import {
  actionOf,
  type ConversationId,
  idFromBytes,
  idToBytes,
  Connection as Methods,
} from '@sotto/protocol';
import { canBeWith, partyOf } from '../conversations/conversationPeer.ts';
import {
  type ConversationRow,
  conversationByKey,
  findConversationByLog,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { afterError, tryLater, type WorkNotes, type WorkResult } from '../conversations/workResult.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { noteLogMissed } from '../groupCalls/missedCallsTable.ts';
import { createDeposits, decodeDeposits } from '../history/deposits.ts';
import { storeEpochKey } from '../history/epochKeys.ts';
import { hasEarlierKeys } from '../history/epochKeyTable.ts';
import { isNextToGap } from '../history/historyGaps.ts';
import { addSpan } from '../history/spanTable.ts';
import { groupNotice } from '../messages/groupNotice.ts';
import { hasMessageAt, insertMessage } from '../messages/messageTable.ts';
import type { NoticeKind } from '../messages/notice.ts';
import { acceptedUpTo } from '../outbox/outboxTable.ts';
import { placePassedItem } from '../outbox/placePassedItem.ts';
import { checkRejoined } from '../policy/historyChoice.ts';
import { clampTime, seqOf } from '../sync/entry.ts';
import { commitToAppend } from './commitToAppend.ts';
import { enterGroup } from './enterGroup.ts';
import { givenKeys } from './givenKeys.ts';
import { tellTitle } from './groupInfoTable.ts';
import {
  type CommitPurpose,
  deletePending,
  markPendingAccepted,
  type PendingRow,
  readPending,
} from './groupTable.ts';
import { openPending } from './openPending.ts';

const titleDelayMs = 5_000;
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
  const current = notes.isPendingOld ? await sealedNow(device, pending, commit) : pending;
  notes.isPendingOld = current === null;
  const sent =
    current === null
      ? { isInForce: false, result: tryLater }
      : await send(device, row, logId, current, commit, notes);

  // In force it is the group; else it is read again, or made again.
  if (!sent.isInForce) erasePendingCommit(commit, null);
  return sent.result;
}

/** With its deposits sealed to the accounts as they are now; null where that cannot be had. */
async function sealedNow(
  device: DeviceContext,
  pending: PendingRow,
  commit: PendingCommit,
): Promise<PendingRow | null> {
  if (pending.deposits === null) return pending;
  if (!(await device.directory.fetchAllOnce(commit.next.policy.accountIds))) return null;
  const given = device.database.read((sql) => givenKeys(sql, commit));
  return { ...pending, deposits: await createDeposits(device, commit.next, given) };
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
  const { policy } = commit.next;
  const beside = { deposits: decodeDeposits(pending.deposits), note: pending.note };
  if (pending.purpose === 'create') {
    const result = await device.connection.call(Methods.method.createConversation, {
      conversationId,
      transactionId,
      directAccountIds: policy.kind === 'direct' ? policy.accountIds.map(idToBytes) : [],
      commit: commitToAppend(commit, device.self.accountId, { ...beside, isNew: true }),
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
    kind: {
      case: 'commit',
      value: commitToAppend(commit, device.self.accountId, { ...beside, isNew: false }),
    },
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

function noticeOf(purpose: Beginning, policy: Policy): string {
  if (purpose === 'create' && !isHistoryOn(policy)) return 'startedWithoutHistory';
  if (purpose === 'create' && policy.kind === 'group') return groupNotice([{ kind: 'created' }]);
  return notices[purpose];
}

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
    const party = partyOf(device, commit.next.policy);
    if (party === null || !step.read((sql) => canBeWith(sql, present, party))) {
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
      enterGroup(sql, present, commit.next.policy);
      if (purpose !== 'create') noteLogMissed(sql, key, device.serverClock.nowMs());
      tellTitle(sql, { ...present, logId: row.logId, state: 'ready' }, device.clock.now() + titleDelayMs);
      // Entries between are of epochs that this device was not in.
      const cursor = Math.max(seq, present.cursor);
      addSpan(sql, key, { fromSeq: cursor, toSeq: cursor });
      updateConversation(sql, key, {
        state: 'ready',
        cursor,
        broken: false,
        ...party,
        ...(purpose === 'heal' ? { healedEpoch: pending.baseEpoch } : {}),
      });
      changes.conversation(conversationId);
      for (const passed of acceptedUpTo(sql, key, cursor)) {
        placePassedItem(sql, changes, device, row, passed.item, passed.seq);
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
        detail: noticeOf(purpose, commit.next.policy),
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
