/** What a device shows of calls of groups. */
import type { DeviceRef } from '@sotto/crypto';
import { type AccountId, type CallId, type ConversationId, limits } from '@sotto/protocol';
import type { AccountView } from '../api.ts';
import type { GroupCallParticipant, GroupCallSignals, GroupCallView } from '../apiGroupCalls.ts';
import { isInCall } from '../calls/callViews.ts';
import {
  type ConversationRow,
  conversationByKey,
  findConversationByLog,
} from '../conversations/conversationTable.ts';
import { readGroupRules } from '../groups/groupInfoTable.ts';
import type { Sql } from '../ports.ts';
import type { GroupCallLog } from './groupCallLog.ts';
import { type CallRoom, type GroupCallRooms, seatOwnersOf } from './groupCallRooms.ts';
import { rankIn } from './groupCallRules.ts';
import { type GroupCallState, newGroupCall } from './groupCallState.ts';
import { findGroupCall, openGroupCalls, readFrameMessages } from './groupCallTable.ts';
import { isInGroupCall } from './isInGroupCall.ts';
import { mayHaveMissedCalls } from './missedCallsTable.ts';
import { isOpenAt, mayControl, refusalOf } from './reduceGroupCall.ts';

export interface GroupCallNames {
  readonly self: DeviceRef;
  readonly rooms: GroupCallRooms;
  account(id: AccountId): AccountView;
  now(): number;
  serverNow(): number;
  lostUntilMs(callId: CallId): number | null;
}

/** Calls that are open, the oldest first. */
export function groupCallViews(names: GroupCallNames, sql: Sql): GroupCallView[] {
  const known = openGroupCalls(sql);
  const calls = known.flatMap(({ key, state }) => {
    const row = conversationByKey(sql, key);
    return row === null || row.state === 'removed' || !isShown(names, sql, row, state)
      ? []
      : [viewOf(names, sql, row, state)];
  });
  for (const room of names.rooms.all()) {
    if (room.seats.length === 0 || findGroupCall(sql, room.callId) !== null) continue;
    const row = findConversationByLog(sql, room.logId);
    if (
      row?.kind === 'group' &&
      row.state === 'ready' &&
      mayHaveMissedCalls(sql, row.key, names.serverNow())
    ) {
      calls.push(viewOf(names, sql, row, newGroupCall(room.callId)));
    }
  }
  return calls.sort((a, b) => a.startedAtMs - b.startedAtMs);
}

/** Of a call that this device has not read of: groups alone have any. */
export function groupWithRoom(rooms: GroupCallRooms, sql: Sql, callId: CallId): ConversationRow | null {
  for (const room of rooms.all()) {
    const row = room.callId === callId ? findConversationByLog(sql, room.logId) : null;
    if (row?.kind === 'group') return row;
  }
  return null;
}

function isShown(
  { rooms, serverNow }: GroupCallNames,
  sql: Sql,
  { key, logId }: ConversationRow,
  state: GroupCallState,
): boolean {
  if (state.own !== null) return true;
  if (state.phase === 'starting') return false;
  if (state.log !== null) return isOpenAt(state, serverNow());
  const isThere = (rooms.roomOf(logId, state.callId)?.seats.length ?? 0) > 0;
  return isThere && mayHaveMissedCalls(sql, key, serverNow());
}

function viewOf(names: GroupCallNames, sql: Sql, row: ConversationRow, state: GroupCallState): GroupCallView {
  const { callId, beginning, log, own } = state;
  const { self, now, serverNow } = names;
  const room = names.rooms.roomOf(row.logId, callId);
  const toLocalMs = now() - serverNow();
  const accounts = accountsIn(log, room);
  const isHere = own !== null;
  const startMs = beginning?.atMs ?? room?.openedAtMs ?? serverNow();
  const refusal = log === null ? null : refusalOf(log, { joinId: '' }, { sender: self });
  return {
    callId,
    conversationId: row.conversationId,
    startedBy: beginning === null ? null : names.account(beginning.accountId),
    startedAtMs: startMs + toLocalMs,
    hasVideo: beginning?.hasVideo ?? false,
    people: accounts.map((id) => names.account(id)),
    ringsUntilMs: isRinging(names, sql, state) ? startMs + limits.callRingLifetimeMs + toLocalMs : null,
    device: isHere ? 'here' : accounts.includes(self.accountId) ? 'elsewhere' : null,
    rejoinUntilMs: isHere ? names.lostUntilMs(callId) : null,
    joinId: own?.joinId ?? null,
    isLocked: log?.isLocked ?? false,
    mayJoin: row.state === 'ready' && refusal === null,
    mayControl: isHost(sql, row, state, self),
  };
}

function accountsIn(log: GroupCallLog | null, room: CallRoom | null): AccountId[] {
  const accounts = log === null ? (room?.seats ?? []) : log.members;
  return [...new Set(accounts.map(({ accountId }) => accountId))];
}

function isRinging({ self, serverNow }: GroupCallNames, sql: Sql, state: GroupCallState): boolean {
  const { beginning, log, isTaken, isDeclined, hasRungOut } = state;
  if (beginning === null || !beginning.rings || beginning.accountId === self.accountId) return false;
  if (isTaken || isDeclined || hasRungOut || log === null || log.members.length === 0) return false;
  if (log.isLocked || log.removed.includes(self.accountId)) return false;
  if (serverNow() >= beginning.atMs + limits.callRingLifetimeMs) return false;
  return !isInCall(sql, self.accountId, serverNow()) && !isInGroupCall(sql, self.accountId);
}

function isHost(sql: Sql, row: ConversationRow, state: GroupCallState, sender: DeviceRef): boolean {
  const rules = readGroupRules(sql, row.key);
  const rank = rules === null ? 0 : rankIn(rules, sender.accountId);
  return row.state === 'ready' && mayControl(state, { sender, rank });
}

/** What has come for who holds the call's media. */
export function groupCallSignals(names: GroupCallNames, sql: Sql, callId: CallId): GroupCallSignals {
  const call = findGroupCall(sql, callId);
  if (call === null) {
    // The server has told of it, and this device has not read of it.
    const isThere = groupWithRoom(names.rooms, sql, callId) !== null;
    return isThere ? { ...unknownGroupCall, ended: null } : unknownGroupCall;
  }
  const { state } = call;
  const { own, log, phase, ended } = state;
  const row = conversationByKey(sql, call.key);
  const logId = row?.logId ?? null;
  const toLocalMs = names.now() - names.serverNow();
  return {
    joinId: own?.joinId ?? null,
    ordinal: own?.ordinal ?? null,
    participants: participantsOf(names, logId, state),
    frameKeys: own === null ? [] : readFrameMessages(sql, callId),
    reactions: (own?.reactions ?? []).map(({ atMs, ...reaction }) => ({
      ...reaction,
      atMs: atMs + toLocalMs,
    })),
    muteAsked: own?.muteAsked ?? 0,
    handLowered: own?.handLowered ?? 0,
    seatEvent: own === null ? null : names.rooms.eventOf(callId),
    roomRevision: revisionOf(names.rooms, logId, callId),
    isLocked: log?.isLocked ?? false,
    mayControl: row !== null && phase !== 'over' && isHost(sql, row, state, names.self),
    movedTo: log?.movedTo == null ? null : { callId: log.movedTo.callId },
    ended: own !== null ? null : (ended ?? (phase === 'over' ? { kind: 'ended' } : null)),
  };
}

/** The newest that this device has heard of. */
function revisionOf(rooms: GroupCallRooms, logId: ConversationId | null, callId: CallId): number | null {
  const revisions = [rooms.roomOf(logId, callId)?.revision, rooms.seatOf(callId)?.revision];
  const known = revisions.filter((revision) => revision !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}

function participantsOf(
  { self, account, rooms }: GroupCallNames,
  logId: ConversationId | null,
  { callId, log }: GroupCallState,
): GroupCallParticipant[] {
  if (log === null) return [];
  const owners = seatOwnersOf(rooms.roomOf(logId, callId));
  const hands = log.members
    .filter(({ handSeq }) => handSeq !== null)
    .sort((a, b) => (a.handSeq ?? 0) - (b.handSeq ?? 0) || a.ordinal - b.ordinal)
    .map(({ ordinal }) => ordinal);
  return log.members.map(({ joinId, ordinal, accountId, deviceId, media, hasKeys }) => ({
    joinId,
    ordinal,
    account: account(accountId),
    deviceId,
    isSelf: deviceId === self.deviceId,
    media,
    handPlace: hands.includes(ordinal) ? hands.indexOf(ordinal) : null,
    hasKeys: hasKeys && (owners.get(joinId) ?? deviceId) === deviceId,
  }));
}

/** Signals of a call that is not here. */
export const unknownGroupCall: GroupCallSignals = {
  joinId: null,
  ordinal: null,
  participants: [],
  frameKeys: [],
  reactions: [],
  muteAsked: 0,
  handLowered: 0,
  seatEvent: null,
  roomRevision: null,
  isLocked: false,
  mayControl: false,
  movedTo: null,
  ended: { kind: 'gone' },
};
