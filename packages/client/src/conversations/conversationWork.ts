import { startDeadline, timeLeftMs } from '../device/deadline.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { applyTimer } from '../disappearing/applyTimer.ts';
import { readTimerWish } from '../disappearing/timerWishTable.ts';
import { checkMembers } from '../groups/checkMembers.ts';
import { createConversation } from '../groups/createConversation.ts';
import { isUnwanted } from '../groups/groupInfoTable.ts';
import { deletePending, readPending } from '../groups/groupTable.ts';
import { workOnGroup } from '../groups/groupWork.ts';
import { joinConversation } from '../groups/joinConversation.ts';
import { sendPendingCommit } from '../groups/sendPendingCommit.ts';
import { isPeerReplaced } from '../identity/replacedTable.ts';
import { nextOutboxItem, nextScheduledMs } from '../outbox/outboxTable.ts';
import { failItem, sendNextItem } from '../outbox/sendNextItem.ts';
import { applyChoice } from '../policy/applyChoice.ts';
import { ChoiceTurns } from '../policy/choiceTurns.ts';
import { pendingChoice } from '../policy/historyChoice.ts';
import { receiptDelay } from '../receipts/receiptDelay.ts';
import { tellReceipt } from '../receipts/tellReceipt.ts';
import {
  type ConversationKey,
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from './conversationTable.ts';
import { forget } from './forget.ts';
import { JoinTurns } from './joinTurns.ts';
import { sooner, type WorkNotes, type WorkResult } from './workResult.ts';

const faultDelayMs = 60_000;
/** Timers of platforms do not run for longer than some weeks. */
const scheduleCheckMs = 3_600_000;
/** Conversations in use: their members' chains are read on each connection, those of others before the next message. */
const recentMs = 7 * 24 * 3_600_000;

/**
 * What a conversation needs done at the server, one thing at a time and in this order: its pending commit, its
 * creation, joining, healing, removing devices that are no longer listed, what the account wants of history, messages,
 * receipts. Several
 * conversations are worked on side by side. Everything here starts from what is stored, so it can end anywhere
 * (connection lost, crash) and is taken up again when woken.
 */
export class ConversationWork {
  readonly #device: () => DeviceContext;
  readonly #busy = new Map<ConversationKey, { again: boolean }>();
  readonly #notes = new Map<ConversationKey, WorkNotes>();
  readonly #timers = new Map<ConversationKey, () => void>();
  readonly #joinTurns: JoinTurns;
  readonly #choiceTurns = new ChoiceTurns((key) => this.wake(key));
  #isStopped = false;

  constructor(device: () => DeviceContext) {
    this.#device = device;
    this.#joinTurns = new JoinTurns(device);
  }

  /** Something may be to do. */
  wake(key: ConversationKey): void {
    const busy = this.#busy.get(key);
    if (busy !== undefined) {
      busy.again = true;
      return;
    }
    void this.#work(key);
  }

  /** A new connection: what was waited for on the old one is void. */
  reset(): void {
    for (const stop of this.#timers.values()) stop();
    this.#timers.clear();
    this.#notes.clear();
    this.#joinTurns.reset();
    this.#choiceTurns.reset();
  }

  stop(): void {
    this.#isStopped = true;
    this.reset();
  }

  notes(key: ConversationKey): WorkNotes {
    let notes = this.#notes.get(key);
    if (notes === undefined) {
      notes = {
        awaitedEpoch: null,
        awaitUntil: null,
        hasReread: false,
        pause: null,
        joinAfterInboxRead: 0,
        receiptAfter: null,
        checkDevices: 'onUse',
        removeAfter: null,
        takeOutAfter: null,
        letInAfter: null,
        isPendingOld: true,
        readRequests: true,
      };
      this.#notes.set(key, notes);
    }
    return notes;
  }

  async #work(key: ConversationKey): Promise<void> {
    const busy = { again: false };
    this.#busy.set(key, busy);
    try {
      while (!this.#isStopped) {
        busy.again = false;
        const result = this.#untilScheduled(key, await this.#next(key));
        if (result.kind === 'again') continue;
        if (result.kind === 'pause') {
          this.notes(key).pause = startDeadline(this.#device().clock, result.delayMs);
        }
        if (result.kind !== 'idle') this.#wakeLater(key, result.delayMs);
        if (!busy.again) break;
      }
    } catch (error) {
      this.#device().caught(error);
      // Not at once again: what failed would fail again.
      if (!this.#isStopped) {
        this.notes(key).pause = startDeadline(this.#device().clock, faultDelayMs);
        this.#wakeLater(key, faultDelayMs);
      }
    } finally {
      this.#busy.delete(key);
      this.#joinTurns.end(key);
      this.#choiceTurns.end(key);
    }
  }

  /** What waits for its time is looked at then, if nothing else is before that. */
  #untilScheduled(key: ConversationKey, result: WorkResult): WorkResult {
    const { clock, database } = this.#device();
    if (this.#isStopped || (result.kind !== 'idle' && result.kind !== 'later')) return result;
    const nowMs = clock.now();
    const dueMs = database.read((sql) => nextScheduledMs(sql, key, nowMs));
    if (dueMs === null) return result;
    const scheduled = { kind: 'later', delayMs: Math.min(dueMs - nowMs, scheduleCheckMs) } as const;
    return sooner(result.kind === 'idle' ? null : result, scheduled) ?? result;
  }

  #wakeLater(key: ConversationKey, delayMs: number): void {
    this.#timers.get(key)?.();
    const stop = this.#device().clock.schedule(delayMs, () => {
      this.#timers.delete(key);
      this.wake(key);
    });
    this.#timers.set(key, stop);
  }

  async #next(key: ConversationKey): Promise<WorkResult> {
    const device = this.#device();
    if (!device.connection.isReady) return { kind: 'idle' };
    const { row, pending, item, isReplaced } = device.database.read((sql) => ({
      row: conversationByKey(sql, key),
      pending: readPending(sql, key),
      item: nextOutboxItem(sql, key, device.clock.now()),
      isReplaced: isPeerReplaced(sql, key),
    }));
    if (row === null) return { kind: 'idle' };
    if (row.state === 'removed') {
      // Nobody hears it any more: it shows as not sent.
      if (item === null) return forgetUnwanted(device, row);
      await failItem(device, row, item);
      return { kind: 'again' };
    }
    const notes = this.notes(key);
    if (pending === null) notes.isPendingOld = false;
    const pauseMs = timeLeftMs(device.clock, notes.pause);
    if (pauseMs > 0) return { kind: 'later', delayMs: pauseMs };

    if (isReplaced) {
      // Whoever this was said to be, nobody is behind it any more: nothing is sent, and nobody is joined.
      if (item === null) return { kind: 'idle' };
      await failItem(device, row, item);
      return { kind: 'again' };
    }
    if (row.state === 'waiting') {
      if (!device.sync.isInboxStreaming()) return { kind: 'idle' };
      if (pending !== null) return sendPendingCommit(device, row, pending, notes);
      return createConversation(device, row);
    }
    if (row.state === 'joining') {
      if (!device.sync.isCutOver || !device.history.isListRestored) return { kind: 'idle' };
      if (pending !== null) return sendPendingCommit(device, row, pending, notes);
      if (device.sync.inboxReads < notes.joinAfterInboxRead) return { kind: 'idle' };
      if (!this.#joinTurns.take(key)) return { kind: 'idle' };
      return joinConversation(device, row, 'join');
    }
    if (!device.database.read((sql) => device.groups.look(sql, key, (group) => group !== null))) {
      // What is stored of the group cannot be used (a damaged disk): the log says nothing to this device.
      if (!device.sync.isCutOver) return { kind: 'idle' };
      if (pending?.purpose === 'heal') return sendPendingCommit(device, row, pending, notes);
      if (!row.broken || pending !== null) {
        await giveUpGroup(device, row);
        return { kind: 'again' };
      }
      return joinConversation(device, row, 'heal');
    }
    if (!device.sync.isStreaming(key)) return { kind: 'idle' };
    if (pending !== null) {
      return pending.accepted ? { kind: 'idle' } : sendPendingCommit(device, row, pending, notes);
    }
    if (row.broken) return joinConversation(device, row, 'heal');
    const isRecent = device.clock.now() - row.lastActivityMs < recentMs;
    let checked: WorkResult | null = null;
    if (notes.checkDevices === 'now' || (notes.checkDevices === 'onUse' && (item !== null || isRecent))) {
      checked = await checkMembers(device, row, notes, item !== null);
      // While it waits for its turn to take devices out, the rest goes on.
      if (checked !== null && notes.removeAfter === null) return checked;
    }
    let groupWork: WorkResult | null = null;
    if (row.kind === 'group') {
      groupWork = await workOnGroup(device, row, notes, item?.position ?? null);
      if (groupWork !== null && groupWork.kind !== 'later') return groupWork;
    }
    // Before messages, so that none is kept that was written after history was turned off.
    if (device.database.read((sql) => pendingChoice(sql, row)) !== null) {
      const isAwaited = item !== null || device.isOpen(row.conversationId);
      if (isAwaited || this.#choiceTurns.take(key)) return applyChoice(device, row);
    }
    // Before messages, too: what is written after a timer was set goes under it.
    const wish = device.database.read((sql) => readTimerWish(sql, key));
    if (wish !== null && wish.problem === null) return applyTimer(device, row);
    if (item !== null) return sendNextItem(device, row, item, notes);
    const delayMs = receiptDelay(device, row);
    if (delayMs === null) return sooner(checked, groupWork) ?? { kind: 'idle' };
    notes.receiptAfter ??= startDeadline(device.clock, delayMs);
    const leftMs = timeLeftMs(device.clock, notes.receiptAfter);
    if (leftMs > 0)
      return sooner(sooner(checked, groupWork), { kind: 'later', delayMs: leftMs }) ?? { kind: 'idle' };
    notes.receiptAfter = null;
    return tellReceipt(device, row);
  }
}

/** A group that was left is deleted here, where the user wanted that. */
async function forgetUnwanted(device: DeviceContext, row: ConversationRow): Promise<WorkResult> {
  if (!device.database.read((sql) => isUnwanted(sql, row.key))) return { kind: 'idle' };
  await device.steps.run(async (step) => {
    await step.commit((sql, changes) => forget(sql, changes, row));
    device.groups.dropped(row.key);
  });
  return { kind: 'idle' };
}

/** The stored group does not decode: a new one is needed, and a commit made in the old one is of no use. */
async function giveUpGroup(device: DeviceContext, row: ConversationRow): Promise<void> {
  await device.steps.run((step) =>
    step.commit((sql, changes) => {
      deletePending(sql, row.key);
      updateConversation(sql, row.key, { broken: true });
      changes.conversation(row.conversationId);
    }),
  );
}
