/**
 * What entries of a conversation's log make of its calls (spec/calls.md, "The log decides"). Pure. Invariant: what is said
 * here of `phase`, `caller`, `answerer` and `over` follows from the entries alone, so every device of both accounts comes to
 * the same.
 */
import type { DeviceRef } from '@sotto/crypto';
import { type DeviceId, limits } from '@sotto/protocol';
import type { CallOutcome, RemoteUpdate } from '../apiCalls.ts';
import type { CallMessage, CallMessageOf, UpdateMessage } from './callMessage.ts';
import { type CallOver, type CallParty, type CallState, ended, newCall } from './callState.ts';
import { fingerprintOf } from './fingerprint.ts';

/** The entry that something stands in. */
export interface CallEntry {
  readonly seq: number;
  readonly acceptedAtMs: number;
  readonly sender: DeviceRef;
}

/** What comes of an entry. */
export interface Reduced {
  readonly state: CallState;
  /** What this device has to say to that. */
  readonly say?: CallMessage;
  /** For who holds the call's media here. */
  readonly update?: RemoteUpdate;
}

/** Whether the call is one, by the log, at the time of an entry. */
export function isOpenAt({ phase, invite }: CallState, atMs: number): boolean {
  if (invite === null) return false;
  if (phase === 'ringing') return atMs <= invite.atMs + limits.callAnswerLifetimeMs;
  return phase === 'answered' && atMs <= invite.atMs + limits.callLifetimeMs;
}

/** `own`: the call as this device has it where the invite is its own. */
export function reduceInvite(
  message: CallMessageOf<'invite'>,
  entry: CallEntry,
  own: CallState | null,
): CallState {
  const { callId, joinId, commitment, offer, hasVideo, relayTag } = message;
  return {
    ...(own ?? newCall(callId, relayTag)),
    phase: 'ringing',
    hasVideo,
    invite: { seq: entry.seq, atMs: entry.acceptedAtMs, offer, commitment },
    caller: partyOf(entry.sender, joinId, fingerprintOf(offer) ?? ''),
  };
}

/**
 * An invite while another call is open: none. What becomes of it where it is this device's own: the other one is answered
 * by it where both called at once.
 */
export function secondInvite(open: CallState, own: CallState, self: DeviceRef): CallState {
  const isGlare = open.phase === 'ringing' && open.caller?.accountId !== self.accountId;
  return ended(own, {
    ...(isGlare
      ? { kind: 'joinOther' as const, callId: open.callId }
      : { kind: 'answeredElsewhere' as const }),
    durationMs: null,
  });
}

function partyOf({ accountId, deviceId }: DeviceRef, joinId: string, fingerprint: string): CallParty {
  return {
    accountId,
    deviceId,
    joinId,
    joinNumber: 0,
    revision: 0,
    fingerprint,
    firstFingerprint: fingerprint,
    earlierJoins: [],
    asksVideo: false,
  };
}

/** `exported`: of the epoch of the entry; null where this device does not know it. */
export function reduceAnswer(
  state: CallState,
  message: CallMessageOf<'answer'>,
  entry: CallEntry,
  self: DeviceRef,
  exported: string | null,
): Reduced | null {
  const { sender } = entry;
  const { caller, own } = state;
  if (state.phase !== 'ringing' || caller === null || !isOpenAt(state, entry.acceptedAtMs)) return null;
  if (sender.accountId === caller.accountId) return null;
  const answered: CallState = {
    ...state,
    phase: 'answered',
    answerer: partyOf(sender, message.joinId, fingerprintOf(message.answer) ?? ''),
    answeredAtMs: entry.acceptedAtMs,
    expected: null,
  };
  if (sender.deviceId === self.deviceId && own?.role === 'answerer') {
    const isLeaving = own.state === 'leaving';
    return {
      state: {
        ...answered,
        own: { ...own, state: isLeaving ? 'leaving' : 'in' },
        answererSecret: message.secret,
        exported,
      },
    };
  }
  if (own?.role !== 'caller') return { state: { ...answered, own: null } };
  return {
    state: { ...answered, callerSecret: own.secret, answererSecret: message.secret, exported },
    say: {
      kind: 'confirm',
      callId: state.callId,
      secret: own.secret,
      deviceId: sender.deviceId,
      joinId: message.joinId,
    },
    update: {
      join: 0,
      description: { type: 'answer', sdp: message.answer },
      candidates: [],
      media: null,
      video: null,
    },
  };
}

/** `fits`: whether a secret is the one that a commitment is of. */
export function reduceConfirm(
  state: CallState,
  message: CallMessageOf<'confirm'>,
  { sender }: CallEntry,
  fits: (secret: string, commitment: string) => boolean,
): Reduced | null {
  const { caller, answerer, invite, own } = state;
  if (state.phase !== 'answered' || sender.deviceId !== caller?.deviceId) return null;
  const isTaken = message.deviceId === answerer?.deviceId && message.joinId === firstJoin(answerer);
  if (!isTaken || own?.role !== 'answerer' || state.callerSecret !== null || state.base !== null) return null;
  if (fits(message.secret, invite?.commitment ?? '')) {
    return { state: { ...state, callerSecret: message.secret } };
  }
  return {
    state: { ...state, own: { ...own, state: 'leaving' } },
    say: endOf(state, 'failed', 0),
  };
}

const firstJoin = ({ earlierJoins, joinId }: CallParty): string => earlierJoins[0] ?? joinId;

export function reduceUpdate(
  state: CallState,
  message: CallMessageOf<'update'>,
  entry: CallEntry,
  self: DeviceRef,
): Reduced | null {
  if (!isOpenAt(state, entry.acceptedAtMs)) return null;
  const { caller, answerer, own } = state;
  const { deviceId } = entry.sender;
  const side = deviceId === caller?.deviceId ? 'caller' : deviceId === answerer?.deviceId ? 'answerer' : null;
  const [before, other] = side === 'caller' ? [caller, answerer] : [answerer, caller];
  if (side === null || before === null) return null;
  const party = partyAfter(before, message, state.phase === 'answered');
  if (party === null) return null;
  // Consent is to a question: who was not asked cannot make it a call with video.
  const isAnswer = message.video === 'accepted' || message.video === 'declined';
  const video = isAnswer && !other?.asksVideo ? null : message.video;
  const asking = { ...party, asksVideo: party.asksVideo || video === 'asked' };
  const asked = other === null || !isAnswer ? other : { ...other, asksVideo: false };
  const next: CallState = {
    ...state,
    ...(side === 'caller' ? { caller: asking, answerer: asked } : { caller: asked, answerer: asking }),
    hasVideo: state.hasVideo || video === 'accepted',
  };
  if (deviceId === self.deviceId) return { state: next };
  const isForThis =
    state.phase === 'ringing' ||
    (own !== null && (message.toJoinId === '' || message.toJoinId === own.joinId));
  if (!isForThis) return { state: next };
  const { description, candidates, media, movedTo } = message;
  const moved = movedTo === undefined ? {} : { movedTo };
  return { state: next, update: { join: party.joinNumber, description, candidates, media, video, ...moved } };
}

/** The sender's side after its update; null where it counts for nothing. */
function partyAfter(party: CallParty, message: UpdateMessage, isAnswered: boolean): CallParty | null {
  const { joinId, revision, description } = message;
  const fingerprint = description === null ? null : fingerprintOf(description.sdp);
  if (joinId === party.joinId) {
    if (revision <= party.revision) return null;
    return fingerprint === null || fingerprint === party.fingerprint ? { ...party, revision } : null;
  }
  // It came back: with an offer, and never as it was before.
  const isNew = isAnswered && !party.earlierJoins.includes(joinId);
  if (!isNew || description?.type !== 'offer' || fingerprint === null) return null;
  if (party.joinNumber + 1 >= limits.joinsPerCall) return null;
  return {
    ...party,
    joinId,
    joinNumber: party.joinNumber + 1,
    revision,
    fingerprint,
    earlierJoins: [...party.earlierJoins, party.joinId],
  };
}

const beforeAnswer: ReadonlySet<CallOutcome> = new Set(['unanswered', 'cancelled', 'declined', 'busy']);

/** How the call is over by this `end`; null where it does not count. */
export function reduceEnd(
  state: CallState,
  message: CallMessageOf<'end'>,
  { sender, acceptedAtMs }: CallEntry,
): CallOver | null {
  const { phase, answerer, caller, answeredAtMs } = state;
  if (phase === 'ringing') {
    const kind = whileRinging(message.outcome, sender.accountId === caller?.accountId);
    return { kind, durationMs: null };
  }
  if (phase !== 'answered' || answeredAtMs === null) return null;
  const isParty = sender.deviceId === caller?.deviceId || sender.deviceId === answerer?.deviceId;
  if (beforeAnswer.has(message.outcome)) {
    // A device of the account that did not know of the answer yet; one of the two is gone from the call.
    return isParty ? { kind: 'failed', durationMs: null } : null;
  }
  if (message.outcome === 'failed') return { kind: 'failed', durationMs: null };
  const longestMs = Math.max(0, acceptedAtMs - answeredAtMs);
  return { kind: 'answered', durationMs: Math.min(message.durationMs, longestMs) };
}

/** Each side says what only it can know. */
function whileRinging(outcome: CallOutcome, isCaller: boolean): CallOutcome {
  switch (outcome) {
    case 'unanswered':
    case 'cancelled':
      return isCaller ? outcome : 'declined';
    case 'declined':
    case 'busy':
      return isCaller ? 'cancelled' : outcome;
    case 'failed':
      return outcome;
    case 'answered':
      return isCaller ? 'cancelled' : 'declined';
  }
}

/** A commit took devices out of the conversation. */
export function reduceRemoval(
  state: CallState,
  isMember: (deviceId: DeviceId) => boolean,
  acceptedAtMs: number,
): CallOver | null {
  const isGone = (party: CallParty | null): boolean => party !== null && !isMember(party.deviceId);
  if (state.phase === 'answered' && (isGone(state.caller) || isGone(state.answerer))) {
    const durationMs = Math.max(0, acceptedAtMs - (state.answeredAtMs ?? acceptedAtMs));
    return { kind: 'removed', outcome: 'answered', durationMs };
  }
  return state.phase === 'ringing' && isGone(state.caller)
    ? { kind: 'removed', outcome: 'cancelled', durationMs: null }
    : null;
}

/** What this device says to end a call. */
export function endOf(
  { callId, hasVideo, caller, invite }: CallState,
  outcome: CallOutcome,
  durationMs: number,
): CallMessageOf<'end'> {
  return {
    kind: 'end',
    callId,
    outcome,
    hasVideo,
    durationMs,
    callerId: caller?.accountId ?? ('00'.repeat(16) as CallMessageOf<'end'>['callerId']),
    inviteSeq: invite?.seq ?? 0,
  };
}
