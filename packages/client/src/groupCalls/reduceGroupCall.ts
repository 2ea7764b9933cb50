/**
 * What entries of a group's log make of a call (spec/groupCalls.md, "The log decides"). Pure. Invariant: `log`, `beginning`
 * and `over` follow from the entries alone, so every device that has read them since the start comes to the same.
 */
import type { DeviceRef } from '@sotto/crypto';
import { maxOrdinal } from '@sotto/crypto';
import { type DeviceId, limits } from '@sotto/protocol';
import type { GroupCallEnding } from '../apiGroupCalls.ts';
import { adoptRoster } from './adoptRoster.ts';
import {
  changed,
  emptyLog,
  type GroupCallLog,
  type GroupCallMember,
  memberOf,
  needsGeneration,
  withJoinOf,
  without,
} from './groupCallLog.ts';
import type { GroupCallMessage, GroupCallMessageOf } from './groupCallMessage.ts';
import { isJoined, isSomebodyIn, sinceWith } from './groupCallSince.ts';
import {
  type GroupCallOver,
  type GroupCallState,
  newGroupCall,
  type OwnJoin,
  reactionsKept,
  type SaidIn,
  withoutOwn,
} from './groupCallState.ts';

/** Whether the call is one, by the log, at the time of an entry. */
export function isOpenAt({ beginning, log, over }: GroupCallState, atMs: number): boolean {
  if (over !== null) return false;
  if (beginning !== null && atMs > beginning.atMs + limits.callLifetimeMs) return false;
  const emptySinceMs = log?.emptySinceMs ?? null;
  return emptySinceMs === null || atMs <= emptySinceMs + limits.groupCallEmptyMs;
}

/** `own`: the call as this device has it where the start is its own. Nobody is in it yet. */
export function reduceStart(
  { callId, hasVideo, rings }: GroupCallMessageOf<'start'>,
  { seq, atMs, sender, mayRing, timerSeconds }: SaidIn,
  own: GroupCallState | null,
): GroupCallState {
  const { accountId, deviceId } = sender;
  return {
    ...(own ?? newGroupCall(callId)),
    phase: 'open',
    beginning: { accountId, deviceId, seq, atMs, hasVideo, rings: rings && mayRing, timerSeconds },
    log: { ...emptyLog, emptySinceMs: atMs },
    since: [],
  };
}

/** Null: it changes nothing. */
export function reduceGroupCall(
  state: GroupCallState,
  message: GroupCallMessage,
  entry: SaidIn,
  self: DeviceRef,
): GroupCallState | null {
  if (state.phase === 'over' || message.kind === 'start') return null;
  if (message.kind === 'decline') {
    return entry.sender.accountId === self.accountId && !state.isDeclined
      ? { ...state, isDeclined: true }
      : null;
  }
  if (!isOpenAt(state, entry.atMs)) return null;
  if (state.log === null) return reduceUnread(state, message, entry, self);
  switch (message.kind) {
    case 'join':
      return reduceJoin(state, state.log, message, entry, self);
    case 'keys':
      return reduceKeys(state, state.log, message, entry, self);
    case 'state':
      return withLog(state, reduceMedia(state.log, message, entry));
    case 'reaction':
      return null;
    case 'control':
      return reduceControl(state, state.log, message, entry, self);
    case 'leave': {
      if (!mayTakeOut(state, state.log, message.joinId, entry)) return null;
      const ending: GroupCallEnding = { kind: entry.sender.deviceId === self.deviceId ? 'left' : 'lost' };
      const left = without(state.log, ({ joinId }) => joinId === message.joinId, entry.atMs);
      return left === null ? null : settleOwn({ ...state, log: left }, self, ending);
    }
    case 'end':
      return state.log.members.length === 0 ? overAt(state, state.log.emptySinceMs ?? entry.atMs) : null;
  }
}

const withLog = (state: GroupCallState, log: GroupCallLog | null): GroupCallState | null =>
  log === null ? null : { ...state, log };

/** A device that has not read the log since the start waits for somebody to tell it what it says. */
function reduceUnread(
  state: GroupCallState,
  message: Exclude<GroupCallMessage, { readonly kind: 'start' | 'decline' }>,
  entry: SaidIn,
  self: DeviceRef,
): GroupCallState | null {
  switch (message.kind) {
    case 'reaction':
      return null;
    case 'end':
      // Who said it had not read that somebody came.
      if (isJoined(state) || isSomebodyIn(state)) return null;
      return over(state, {
        atMs: entry.atMs,
        durationMs: message.durationMs,
        peopleCount: message.peopleCount,
      });
    case 'control':
      if (message.control.kind === 'endForAll' && mayControl(state, entry)) return overAt(state, entry.atMs);
      break;
    case 'keys': {
      const adopted = adoptRoster(state, message, entry, self, reduceGroupCall);
      if (adopted !== null) return adopted;
      break;
    }
    case 'join':
    case 'state':
    case 'leave':
      break;
  }
  return {
    ...state,
    since: sinceWith(state, message, entry),
    isTaken: state.isTaken || isJoinOf(self, message, entry),
  };
}

const isJoinOf = ({ accountId }: DeviceRef, { kind }: GroupCallMessage, { sender }: SaidIn): boolean =>
  kind === 'join' && sender.accountId === accountId;

function reduceJoin(
  state: GroupCallState,
  log: GroupCallLog,
  message: GroupCallMessageOf<'join'>,
  entry: SaidIn,
  self: DeviceRef,
): GroupCallState | null {
  const { accountId, deviceId } = entry.sender;
  const { joinId } = message;
  const refusal = refusalOf(log, message, entry);
  if (refusal !== null) {
    const isOwn = deviceId === self.deviceId && state.own?.joinId === joinId;
    return isOwn ? withoutOwn(state, refusal) : null;
  }
  // An account is in a call on one device: the last to come has it.
  const isReplaced = (member: GroupCallMember) => member.accountId === accountId;
  const elsewhere = log.members.some(
    (member) => isReplaced(member) && member.hasKeys && member.deviceId !== deviceId,
  );
  const joined: GroupCallMember = {
    ordinal: log.nextOrdinal,
    accountId,
    deviceId,
    joinId,
    shareKey: message.shareKey,
    media: message.media,
    revision: 0,
    handSeq: message.media.isHandRaised ? entry.seq : null,
    hasKeys: false,
    needlessKeys: 0,
    wantsRoster: message.wantsRoster,
  };
  const next: GroupCallLog = {
    ...log,
    nextOrdinal: log.nextOrdinal + 1,
    members: [...log.members.filter((member) => !isReplaced(member)), joined],
    ...withJoinOf(log, accountId),
    needsRenewal: log.needsRenewal || elsewhere,
    emptySinceMs: null,
  };
  const isTaken = state.isTaken || accountId === self.accountId;
  const { own } = state;
  const isOwn = deviceId === self.deviceId && own?.joinId === joinId;
  const taken: GroupCallState = { ...state, log: next, isTaken };
  if (isOwn) return { ...taken, own: { ...own, state: 'in', ordinal: joined.ordinal } };
  return settleOwn(taken, self, { kind: deviceId === self.deviceId ? 'replaced' : 'elsewhere' });
}

/** Why a join is none. */
export function refusalOf(
  log: GroupCallLog,
  { joinId }: { readonly joinId: string },
  { sender }: Pick<SaidIn, 'sender'>,
): GroupCallEnding | null {
  const { accountId } = sender;
  if (log.removed.includes(accountId)) return { kind: 'removed' };
  if (log.isLocked && !log.tookPart.includes(accountId)) return { kind: 'locked' };
  const isFull = log.members.length >= limits.joinsPerGroupCallAtOnce || log.nextOrdinal > maxOrdinal;
  const count = log.joinCounts[log.tookPart.indexOf(accountId)] ?? 0;
  if (
    isFull ||
    count >= limits.joinsPerGroupCallAccount ||
    log.members.some((member) => member.joinId === joinId)
  )
    return { kind: 'lost' };
  return null;
}

function reduceKeys(
  state: GroupCallState,
  log: GroupCallLog,
  message: GroupCallMessageOf<'keys'>,
  entry: SaidIn,
  self: DeviceRef,
): GroupCallState | null {
  const { own } = state;
  const isOwn = entry.sender.deviceId === self.deviceId && own?.issued != null;
  const unissued = (one: OwnJoin): OwnJoin => (isOwn ? { ...one, issued: null } : one);
  const sender = memberOf(log, message.joinId, entry.sender.deviceId);
  if (sender === null || !isNext(log, message, sender)) {
    return own !== null && isOwn ? { ...state, own: unissued(own) } : null;
  }
  const { generation, step } = message;
  const given = new Set(message.shares.map(({ ordinal }) => ordinal));
  const isAnew = step === 0;
  const present = new Set(log.members.map(({ ordinal }) => ordinal));
  const isGivenToOthers = [...given].some((ordinal) => !present.has(ordinal));
  const isNeeded = isAnew
    ? needsGeneration(log) && !isGivenToOthers
    : log.members.some(({ ordinal, hasKeys }) => !hasKeys && given.has(ordinal));
  if (!isNeeded && sender.needlessKeys >= limits.needlessKeysPerGroupCallJoin) {
    return own !== null && isOwn ? { ...state, own: unissued(own) } : null;
  }
  const next: GroupCallLog = {
    ...log,
    members: log.members.map((member) => {
      const isSender = member.ordinal === sender.ordinal;
      const hasKeys = given.has(member.ordinal) || isSender || (!isAnew && member.hasKeys);
      const needlessKeys = member.needlessKeys + (isSender && !isNeeded ? 1 : 0);
      return { ...member, hasKeys, needlessKeys };
    }),
    keys: { generation, step },
    needsRenewal: isGivenToOthers || (!isAnew && log.needsRenewal),
  };
  if (own === null || own.state !== 'in') return { ...state, log: next };
  const { issued } = own;
  const isIssued = isOwn && issued?.generation === generation && issued.step === step;
  const event = {
    generation,
    step,
    check: message.check,
    shared: message.shares.find(({ ordinal }) => ordinal === own.ordinal)?.shared ?? null,
    fresh: isIssued ? issued.fresh : null,
    exported: isIssued ? issued.exported : entry.exported,
  };
  return { ...state, log: next, own: { ...unissued(own), keyEvents: [...own.keyEvents, event] } };
}

/** One step further, by who has the keys; or the next generation, by anybody in the call. */
function isNext(
  { keys }: GroupCallLog,
  { generation, step }: { readonly generation: number; readonly step: number },
  sender: GroupCallMember,
): boolean {
  if (keys === null) return generation === 0 && step === 0;
  if (generation === keys.generation) return step === keys.step + 1 && sender.hasKeys;
  return generation === keys.generation + 1 && step === 0;
}

function reduceMedia(
  log: GroupCallLog,
  { joinId, revision, media }: GroupCallMessageOf<'state'>,
  { sender, seq }: SaidIn,
): GroupCallLog | null {
  const before = memberOf(log, joinId, sender.deviceId);
  if (before === null || revision <= before.revision) return null;
  const handSeq = media.isHandRaised ? (before.handSeq ?? seq) : null;
  return changed(log, { ...before, media, revision, handSeq });
}

/** One's own account's; and that somebody is lost say those who are in the call, and hosts. */
function mayTakeOut(state: GroupCallState, log: GroupCallLog, joinId: string, entry: SaidIn): boolean {
  const { accountId, deviceId } = entry.sender;
  const isIn = log.members.some((member) => member.deviceId === deviceId);
  const isOwn = log.members.some((member) => member.joinId === joinId && member.accountId === accountId);
  return isOwn || isIn || mayControl(state, entry);
}

/** Hosts: the group's owner and admins, and who began the call. */
export function mayControl(
  { beginning }: Pick<GroupCallState, 'beginning'>,
  { sender, rank }: Pick<SaidIn, 'rank'> & { readonly sender: Pick<DeviceRef, 'accountId'> },
): boolean {
  return rank > 0 || beginning?.accountId === sender.accountId;
}

function reduceControl(
  state: GroupCallState,
  log: GroupCallLog,
  { control }: GroupCallMessageOf<'control'>,
  entry: SaidIn,
  self: DeviceRef,
): GroupCallState | null {
  if (!mayControl(state, entry)) return null;
  const { own } = state;
  switch (control.kind) {
    case 'askMute': {
      const isAsked = own !== null && (control.joinId === null || control.joinId === own.joinId);
      const isByOthers = entry.sender.accountId !== self.accountId;
      return isAsked && isByOthers ? { ...state, own: { ...own, muteAsked: own.muteAsked + 1 } } : null;
    }
    case 'lowerHand': {
      const member = log.members.find(({ joinId }) => joinId === control.joinId);
      if (member === undefined || member.handSeq === null) return null;
      const media = { ...member.media, isHandRaised: false };
      const next = { ...state, log: changed(log, { ...member, media, handSeq: null }) };
      if (own === null || own.joinId !== control.joinId) return next;
      return { ...next, own: { ...own, handLowered: own.handLowered + 1 } };
    }
    case 'remove': {
      const { accountId } = control;
      const isAbove = entry.rank > entry.targetRank || (entry.rank === 0 && entry.targetRank === 0);
      if (accountId === entry.sender.accountId || !isAbove || log.removed.includes(accountId)) return null;
      // Else a host could fill rosters with names until none fits an entry.
      if (!log.tookPart.includes(accountId)) return null;
      const left = without(log, (member) => member.accountId === accountId, entry.atMs) ?? log;
      const removed = [...log.removed, accountId];
      return settleOwn({ ...state, log: { ...left, removed } }, self, { kind: 'removed' });
    }
    case 'lock':
      return log.isLocked === control.on ? null : { ...state, log: { ...log, isLocked: control.on } };
    case 'move': {
      const movedTo = { conversationId: control.conversationId, callId: control.toCallId };
      return { ...state, log: { ...log, movedTo } };
    }
    case 'endForAll':
      return overAt(state, entry.atMs);
  }
}

/** A commit took other devices out of the group; null: none that is in the call. */
export function reduceGroupRemoval(
  state: GroupCallState,
  isMember: (deviceId: DeviceId) => boolean,
  atMs: number,
): GroupCallState | null {
  if (state.phase === 'over' || state.log === null) return null;
  return withLog(
    state,
    without(state.log, ({ deviceId }) => !isMember(deviceId), atMs),
  );
}

/** This device's part is over where the log says so. */
function settleOwn(state: GroupCallState, self: DeviceRef, ending: GroupCallEnding): GroupCallState {
  const { own, log } = state;
  if (own === null || own.state !== 'in' || log === null) return state;
  return memberOf(log, own.joinId, self.deviceId) === null ? withoutOwn(state, ending) : state;
}

function overAt(state: GroupCallState, atMs: number): GroupCallState {
  const startMs = state.beginning?.atMs ?? atMs;
  return over(state, {
    atMs,
    durationMs: Math.min(Math.max(0, atMs - startMs), limits.callLifetimeMs),
    peopleCount: state.log?.tookPart.length ?? 0,
  });
}

/** No secret and no description is left of it. */
export function over(state: GroupCallState, by: GroupCallOver): GroupCallState {
  const { own, ended } = state;
  return {
    ...state,
    phase: 'over',
    over: by,
    log: null,
    since: [],
    own: null,
    ended: own === null ? ended : { kind: 'ended' },
  };
}

/** It is over by time: nobody said so. */
export function overByTime(state: GroupCallState): GroupCallState {
  const lastMs = (state.beginning?.atMs ?? 0) + limits.callLifetimeMs;
  return overAt(state, state.log?.emptySinceMs ?? lastMs);
}

/** Shown for a moment to who is in the call. */
export function withReaction(
  state: GroupCallState,
  { joinId, emoji }: GroupCallMessageOf<'reaction'>,
  { sender, atMs }: Pick<SaidIn, 'sender' | 'atMs'>,
  id: OwnJoin['reactions'][number]['id'],
): GroupCallState | null {
  const { own, log } = state;
  if (own === null || log === null || memberOf(log, joinId, sender.deviceId) === null) return null;
  if (own.reactions.some((known) => known.id === id)) return null;
  const reactions = [...own.reactions, { id, joinId, emoji, atMs }].slice(-reactionsKept);
  return { ...state, own: { ...own, reactions } };
}
