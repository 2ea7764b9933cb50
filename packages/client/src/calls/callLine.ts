/**
 * The one line that a call leaves in its thread (spec/calls.md, "The line in the thread"). Invariant: a call has at most one;
 * what `end` says of it stays.
 */
import { type AccountId, type CallId, type DeviceId, limits, type TransactionId } from '@sotto/protocol';
import type { CallLineView, CallOutcome } from '../apiCalls.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { findMessage, hasMessageAt, insertMessage } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import type { CallState } from './callState.ts';

/** What is stored as the line's detail (JSON). */
export interface LineDetail {
  readonly callerId: AccountId;
  readonly hasVideo: boolean;
  readonly outcome: CallLineView['outcome'];
  readonly isMissed: boolean;
  /** A call of the other side that this account took: by the log, or by the word of a device of its own. */
  readonly isTaken: boolean;
  readonly durationMs: number | null;
  /** The entry of its invite. */
  readonly inviteSeq: number;
  /** Said by an `end`. */
  readonly isSettled: boolean;
}

export interface LinePlace {
  readonly sql: Sql;
  readonly changes: Changes;
  readonly key: ConversationKey;
  readonly conversationId: Parameters<Changes['message']>[0];
  readonly self: AccountId;
}

export interface NewLine {
  readonly detail: LineDetail;
  readonly callerDevice: DeviceId;
  readonly order: number;
  readonly atMs: number;
  readonly timerSeconds?: number;
  readonly expiresAtMs?: number | null;
}

/** A line is found by the call's id, which is chosen by its caller: of something else it takes nothing away. */
export function readLine(sql: Sql, key: ConversationKey, callId: CallId): LineDetail | null {
  const message = findMessage(sql, key, lineId(callId));
  return message?.bodyKind === 'call' ? decodeDetail(message.detail) : null;
}

/** Puts the line where it belongs, or moves it there; whether it is here now. */
export function putLine(place: LinePlace, callId: CallId, line: NewLine): boolean {
  const { sql, changes, key, conversationId, self } = place;
  const present = findMessage(sql, key, lineId(callId));
  if (present !== null && present.bodyKind !== 'call') return false;
  const isHere = present?.order === line.order;
  // What stands there already was put by history, and is the same.
  if (!isHere && hasMessageAt(sql, key, line.order)) return present !== null;
  const detail = JSON.stringify(line.detail);
  const timer = { timerSeconds: line.timerSeconds ?? 0, expiresAtMs: line.expiresAtMs ?? null };
  if (present === null) {
    insertMessage(sql, key, {
      order: line.order,
      messageId: lineId(callId),
      senderId: line.detail.callerId,
      senderDevice: line.callerDevice,
      sentAtMs: line.atMs,
      state: line.detail.callerId === self ? 'sent' : 'received',
      bodyKind: 'call',
      detail,
      ...timer,
    });
  } else {
    sql.run(
      `UPDATE message SET ord = ?, detail = ?, timer_seconds = ?, expires_at_ms = ?
       WHERE conversation = ? AND message_id = ?`,
      line.order,
      detail,
      timer.timerSeconds,
      timer.expiresAtMs,
      key,
      present.messageId,
    );
  }
  if (line.expiresAtMs != null) changes.deadline();
  changes.message(conversationId, lineId(callId));
  return true;
}

/** Another detail, at the place where the line is. */
export function changeLine(
  { sql, changes, key, conversationId }: LinePlace,
  callId: CallId,
  detail: LineDetail,
): void {
  const present = findMessage(sql, key, lineId(callId));
  if (present?.bodyKind !== 'call') return;
  sql.run(
    'UPDATE message SET detail = ? WHERE conversation = ? AND message_id = ?',
    JSON.stringify(detail),
    key,
    present.messageId,
  );
  changes.message(conversationId, present.messageId);
}

/** What the line of a call says now. */
export function detailOf(state: CallState, self: AccountId): LineDetail | null {
  const { caller, hasVideo, phase, over, invite, own } = state;
  if (caller === null || invite === null) return null;
  const durationMs = over?.durationMs ?? null;
  const inviteSeq = invite.seq;
  const isIncoming = caller.accountId !== self;
  const isTaken = isIncoming && state.answerer?.accountId === self;
  const isWanted = isIncoming && !isTaken && !state.isBlocked;
  const base = { callerId: caller.accountId, hasVideo, isTaken, durationMs, inviteSeq, isSettled: false };
  if (own?.leftBy !== undefined && phase !== 'over') {
    // As this device has said; the log may know better.
    const durationMs = own.leftBy === 'answered' ? (own.leftAfterMs ?? 0) : null;
    return { ...base, outcome: own.leftBy, isMissed: false, durationMs };
  }
  if (phase !== 'over' || over === null) {
    if (phase === 'answered') return { ...base, outcome: 'ongoing', isMissed: false };
    if (!state.hasRungOut) return { ...base, outcome: 'ringing', isMissed: false };
    return { ...base, outcome: 'unanswered', isMissed: isWanted };
  }
  const outcome = outcomeOf(over);
  if (outcome === null) return null;
  const isMissed = isWanted && isMissedBy(outcome);
  return { ...base, outcome, isMissed };
}

function outcomeOf({ kind, outcome }: NonNullable<CallState['over']>): CallOutcome | null {
  if (kind === 'removed') return outcome ?? 'failed';
  return kind === 'answeredElsewhere' || kind === 'joinOther' ? null : kind;
}

/** Of calls of others that were not answered. */
export function isMissedBy(outcome: CallOutcome): boolean {
  return outcome === 'unanswered' || outcome === 'cancelled' || outcome === 'busy' || outcome === 'failed';
}

export function lineView(callId: TransactionId, detail: string, self: AccountId): CallLineView {
  const { callerId, hasVideo, outcome, isMissed, durationMs } = decodeDetail(detail);
  return {
    callId: callId as string as CallId,
    isIncoming: callerId !== self,
    hasVideo,
    outcome,
    isMissed,
    durationMs,
  };
}

const decodeDetail = (detail: string): LineDetail => JSON.parse(detail) as LineDetail;

/**
 * Whether an entry stands between the invite and the end of a call whose line is here. Where the invite was is often the other
 * side's word: of what is older than calls can be it is not taken.
 */
export function isOfCall(
  sql: Sql,
  key: ConversationKey,
  { seq, acceptedAtMs }: { readonly seq: number; readonly acceptedAtMs: number },
): boolean {
  return (
    sql.get(
      `SELECT 1 FROM (SELECT detail, sent_at_ms FROM message WHERE conversation = ? AND ord > ? AND body_kind = 'call'
         ORDER BY ord LIMIT 4) WHERE json_extract(detail, '$.inviteSeq') <= ? AND abs(sent_at_ms - ?) <= ?`,
      key,
      seq,
      seq,
      acceptedAtMs,
      limits.callLifetimeMs,
    ) !== undefined
  );
}

/** Both are 16 bytes. */
const lineId = (callId: CallId): TransactionId => callId as string as TransactionId;
