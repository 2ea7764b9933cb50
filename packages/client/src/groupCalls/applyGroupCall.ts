/**
 * Stores what an entry of the log makes of a group's call (reduceGroupCall.ts), in the transaction of the entry: the call, its
 * line in the thread, and what is over with it.
 */
import type { DeviceRef } from '@sotto/crypto';
import { type AccountId, type DeviceId, limits, type TransactionId } from '@sotto/protocol';
import type { GroupCallEnding } from '../apiGroupCalls.ts';
import { type CallScene, forgetPassed, placeOf } from '../calls/applyCall.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { randomId } from '../device/deviceContext.ts';
import { countUnread } from '../messages/messageTable.ts';
import { insertOutboxItem } from '../outbox/outboxTable.ts';
import type { EntryScene } from '../sync/entryScene.ts';
import { takeGroupBack } from './groupCallItem.ts';
import {
  changeGroupLine,
  type GroupLineDetail,
  groupDetailOf,
  putGroupLine,
  readGroupLine,
} from './groupCallLine.ts';
import { encodeGroupCall, type GroupCallMessage, type GroupCallMessageOf } from './groupCallMessage.ts';
import type { GroupCallRules } from './groupCallRules.ts';
import { type GroupCallState, newGroupCall, type SaidIn, withoutLog } from './groupCallState.ts';
import { findGroupCall, openGroupCallsOf, storeGroupCall } from './groupCallTable.ts';
import {
  isOpenAt,
  over,
  overByTime,
  reduceGroupCall,
  reduceGroupRemoval,
  reduceStart,
  withReaction,
} from './reduceGroupCall.ts';

export interface ReceivedGroupCall {
  readonly message: GroupCallMessage;
  readonly sender: DeviceRef;
  readonly rules: GroupCallRules;
  /** Of keys of a new generation: the epoch's part of them. */
  readonly exported: string | null;
  readonly timerSeconds: number;
  /** When the line of a call that was this account's own (`mine`) disappears; null: its clock has not started, or it stays. */
  readonly deadline: (mine: boolean) => number | null;
}

export function applyGroupCall(scene: EntryScene, received: ReceivedGroupCall): void {
  const { device, sql, changes, draft, entry } = scene;
  const { message, sender, rules, exported, timerSeconds } = received;
  const said: SaidIn = {
    seq: entry.seq,
    atMs: entry.acceptedAtMs,
    sender: { accountId: sender.accountId, deviceId: sender.deviceId },
    rank: rules.rankOf(sender.accountId),
    targetRank: rules.rankOf(targetOf(message) ?? sender.accountId),
    mayStart: rules.mayStart(sender.accountId),
    mayRing: rules.mayRing,
    exported,
    timerSeconds,
  };
  const calls: CallScene = { device, sql, changes, row: draft };
  applySaid(calls, message, said, { id: entry.transactionId, deadline: received.deadline });
  if (message.kind !== 'start' && message.kind !== 'end') return;
  draft.unreadCount = countUnread(sql, draft.key, draft.ownRead);
  draft.lastActivityMs = Math.max(draft.lastActivityMs, entry.acceptedAtMs);
}

function targetOf(message: GroupCallMessage): AccountId | null {
  return message.kind === 'control' && message.control.kind === 'remove' ? message.control.accountId : null;
}

interface SaidParts extends Pick<ReceivedGroupCall, 'deadline'> {
  readonly id: TransactionId;
}

export function applySaid(
  scene: CallScene,
  message: GroupCallMessage,
  said: SaidIn,
  { id, deadline }: SaidParts,
): void {
  const { sql, device, row } = scene;
  if (row.kind !== 'group') return;
  const known = findGroupCall(sql, message.callId);
  // Ids are chosen by who starts a call: one of another conversation is not touched.
  if (known !== null && known.key !== row.key) return;
  if (message.kind === 'start') {
    applyStart(scene, message, said, known?.state ?? null);
    return;
  }
  const state = known?.state ?? null;
  if (state?.phase === 'starting') return;
  if (state !== null && state.phase === 'open' && state.log !== null && !isOpenAt(state, said.atMs)) {
    finishGroupCall(scene, overByTime(state));
    if (message.kind !== 'end') return;
  }
  if (message.kind === 'reaction') {
    const next = state === null ? null : withReaction(state, message, said, id);
    if (next !== null) storeCall(scene, next);
    return;
  }
  if (message.kind === 'end') {
    applyEnd(scene, message, said, deadline);
    return;
  }
  // It was there before this device came: somebody may tell it how it is.
  const before = state ?? (isWorthKeeping(scene, message) ? newGroupCall(message.callId) : null);
  const next = before === null ? null : reduceGroupCall(before, message, said, device.self);
  if (next !== null) take(scene, state, next);
}

/** Ids are chosen by who speaks of a call: without a limit anybody could fill this device with them. */
function isWorthKeeping({ sql, row }: CallScene, { kind }: GroupCallMessage): boolean {
  const isOfWhoIsIn = kind === 'join' || kind === 'keys' || kind === 'leave' || kind === 'state';
  return isOfWhoIsIn && openGroupCallsOf(sql, row.key).length < limits.callRoomsPerConversation;
}

function take(scene: CallScene, before: GroupCallState | null, next: GroupCallState): void {
  if (next.phase === 'over') finishGroupCall(scene, next);
  else {
    storeCall(scene, next);
    if (before?.own != null && next.own === null) takeGroupBack(scene.sql, scene.row.key, next.callId);
  }
}

function applyStart(
  scene: CallScene,
  message: GroupCallMessageOf<'start'>,
  said: SaidIn,
  known: GroupCallState | null,
): void {
  const { device } = scene;
  // What the log does not have yet gives way to what it has, should somebody have chosen the same id.
  if (known !== null && known.phase !== 'starting') return;
  const isOwn = said.sender.deviceId === device.self.deviceId;
  if (!said.mayStart || openByLog(scene, said.atMs) !== null) {
    // Another one is the call: who started this one joins that one.
    if (known !== null && isOwn) storeCall(scene, { ...over(known, nothing), ended: { kind: 'gone' } });
    return;
  }
  const state = reduceStart(message, said, isOwn ? known : null);
  storeCall(scene, state);
  const detail = groupDetailOf(state, device.self.accountId);
  if (detail === null) return;
  putGroupLine(placeOf(scene), message.callId, {
    detail,
    device: said.sender.deviceId,
    order: said.seq,
    atMs: said.atMs,
    timerSeconds: 0,
    expiresAtMs: null,
  });
}

const nothing = { atMs: null, durationMs: 0, peopleCount: 0 };

/** The call that the log has open in the conversation at that time; those that are over by time are ended. */
function openByLog(scene: CallScene, atMs: number): GroupCallState | null {
  let open: GroupCallState | null = null;
  for (const { state } of openGroupCallsOf(scene.sql, scene.row.key)) {
    if (state.phase !== 'open' || state.log === null) continue;
    if (isOpenAt(state, atMs)) open = state;
    else finishGroupCall(scene, overByTime(state));
  }
  return open;
}

/** Also read from history, on devices that were not there. */
export function applyEnd(
  scene: CallScene,
  message: GroupCallMessageOf<'end'>,
  said: SaidIn,
  deadline: (mine: boolean) => number | null,
): void {
  const { sql, device, row } = scene;
  const self = device.self.accountId;
  if (readGroupLine(sql, row.key, message.callId)?.isSettled === true) return;
  let state = findGroupCall(sql, message.callId)?.state ?? null;
  if (state?.phase === 'starting') state = null;
  if (state !== null && state.phase === 'open') {
    const next = reduceGroupCall(state, message, said, device.self);
    if (next === null || next.phase !== 'over') return;
    finishGroupCall(scene, next);
    state = next;
  }
  const stated = state === null ? null : groupDetailOf(state, self);
  const detail: GroupLineDetail = stated ?? {
    startedBy: message.startedBy,
    hasVideo: message.hasVideo,
    isOpen: false,
    isMissed: false,
    durationMs: message.durationMs,
    peopleCount: message.peopleCount,
    startSeq: message.startSeq,
    isSettled: true,
  };
  if (state === null) {
    storeCall(scene, over(newGroupCall(message.callId), { ...nothing, atMs: said.atMs }));
  }
  if (said.timerSeconds === 0) {
    forgetPassed(scene, detail.startSeq, { seq: said.seq, acceptedAtMs: said.atMs });
  }
  putGroupLine(placeOf(scene), message.callId, {
    detail: { ...detail, isSettled: true },
    device: state?.beginning?.deviceId ?? said.sender.deviceId,
    order: said.seq,
    atMs: said.atMs,
    timerSeconds: said.timerSeconds,
    expiresAtMs: deadline(detail.startedBy === self),
  });
}

/** A start that is read later than what came after it: the line, and that there may be a call. */
export function applyPastStart(scene: CallScene, message: GroupCallMessageOf<'start'>, said: SaidIn): void {
  const { sql, device, row } = scene;
  if (row.kind !== 'group' || !said.mayStart || readGroupLine(sql, row.key, message.callId) !== null) return;
  const known = findGroupCall(sql, message.callId);
  if (known !== null && known.key !== row.key) return;
  const before = known?.state ?? newGroupCall(message.callId);
  if (before.phase === 'over' || before.beginning !== null) return;
  const began = reduceStart(message, { ...said, mayRing: false }, before);
  const isPast = device.serverClock.nowMs() > said.atMs + limits.callLifetimeMs;
  const { log, since } = before;
  const state: GroupCallState = { ...began, log, since };
  const next = isPast ? overByTime(state) : state;
  storeCall(scene, next);
  forgetPassed(scene, said.seq, { seq: row.cursor, acceptedAtMs: said.atMs + limits.callLifetimeMs });
  const detail = groupDetailOf(next, device.self.accountId);
  if (detail === null) return;
  putGroupLine(placeOf(scene), message.callId, {
    detail: isPast ? { ...detail, durationMs: null, peopleCount: null } : detail,
    device: said.sender.deviceId,
    order: said.seq,
    atMs: said.atMs,
    timerSeconds: 0,
    expiresAtMs: null,
  });
}

/** Other devices were taken out of the group. */
export function applyGroupRemoval(
  scene: CallScene,
  isMember: (deviceId: DeviceId) => boolean,
  atMs: number,
): void {
  for (const { state } of openGroupCallsOf(scene.sql, scene.row.key)) {
    const next = reduceGroupRemoval(state, isMember, atMs);
    if (next !== null) take(scene, state, next);
  }
}

/** This device is out of the group, or in it anew and lacks entries: its part in calls is over, and others tell it of them. */
export function breakOffGroupCalls(scene: CallScene, ending: GroupCallEnding): void {
  const { sql, device, row } = scene;
  for (const { state } of openGroupCallsOf(sql, row.key)) {
    if (state.phase !== 'open') continue;
    take(scene, state, withoutLog(state, ending));
    const detail = groupDetailOf(state, device.self.accountId);
    if (detail === null) continue;
    const line = { ...detail, isOpen: false };
    changeGroupLine(placeOf(scene), state.callId, line, { timerSeconds: 0, expiresAtMs: null });
  }
}

/** Over, by what the log says or by time: its line stays where it is until somebody says so in an `end`. */
export function finishGroupCall(scene: CallScene, state: GroupCallState): void {
  const { device, sql, row, changes } = scene;
  storeCall(scene, state);
  takeGroupBack(sql, row.key, state.callId);
  const detail = groupDetailOf(state, device.self.accountId);
  if (detail === null || readGroupLine(sql, row.key, state.callId)?.isSettled === true) return;
  const timerSeconds = state.beginning?.timerSeconds ?? 0;
  const expiresAtMs = timerSeconds === 0 ? null : device.serverClock.nowMs() + timerSeconds * 1000;
  changeGroupLine(placeOf(scene), state.callId, detail, { timerSeconds, expiresAtMs });
  changes.conversation(row.conversationId);
}

export function storeCall({ sql, row, device, changes }: CallScene, state: GroupCallState): void {
  storeGroupCall(sql, row.key, state, device.clock.now());
  changes.groupCall(state.callId);
}

/** Queues a message; whoever commits wakes the conversation (`Changes.callsToSend`). */
export function sayToGroup(
  { sql, changes, device }: CallScene,
  key: ConversationRow['key'],
  message: GroupCallMessage,
  transactionId: TransactionId = randomId<TransactionId>(device.provider),
): TransactionId {
  insertOutboxItem(sql, key, {
    transactionId,
    kind: 'call',
    content: encodeGroupCall(device.clock.now(), message),
  });
  changes.callToSend(key);
  return transactionId;
}

/** What a device says to end a call. */
export function groupEndOf(
  { callId, beginning, log, over }: GroupCallState,
  atMs: number,
): GroupCallMessageOf<'end'> {
  const startMs = beginning?.atMs ?? atMs;
  return {
    kind: 'end',
    callId,
    startedBy: beginning?.accountId ?? ('00'.repeat(16) as AccountId),
    startSeq: beginning?.seq ?? 0,
    hasVideo: beginning?.hasVideo ?? false,
    durationMs: over?.durationMs ?? Math.min(Math.max(0, atMs - startMs), limits.callLifetimeMs),
    peopleCount: over?.peopleCount ?? log?.tookPart.length ?? 0,
    rang: beginning?.rings ?? false,
  };
}
