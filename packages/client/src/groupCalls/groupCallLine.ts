/**
 * The one line that a call of a group leaves in its thread (spec/groupCalls.md, "The line in the thread"). Invariant: a call
 * has at most one; what `end` says of it stays.
 */
import { type AccountId, type CallId, type DeviceId, limits, type TransactionId } from '@sotto/protocol';
import type { AccountView } from '../api.ts';
import type { GroupCallLineView } from '../apiGroupCalls.ts';
import type { LinePlace } from '../calls/callLine.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { findMessage, hasMessageAt, insertMessage } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import type { GroupCallState } from './groupCallState.ts';

/** What is stored as the line's detail (JSON). */
export interface GroupLineDetail {
  readonly startedBy: AccountId;
  readonly hasVideo: boolean;
  readonly isOpen: boolean;
  readonly isMissed: boolean;
  readonly durationMs: number | null;
  readonly peopleCount: number | null;
  /** The entry of its start. */
  readonly startSeq: number;
  /** Said by an `end`. */
  readonly isSettled: boolean;
}

export interface NewGroupLine {
  readonly detail: GroupLineDetail;
  readonly device: DeviceId;
  readonly order: number;
  readonly atMs: number;
  readonly timerSeconds: number;
  readonly expiresAtMs: number | null;
}

/** A line is found by the call's id, which is chosen by who starts it: of something else it takes nothing away. */
export function readGroupLine(sql: Sql, key: ConversationKey, callId: CallId): GroupLineDetail | null {
  const message = findMessage(sql, key, lineId(callId));
  return message?.bodyKind === 'groupCall' ? decodeDetail(message.detail) : null;
}

/** Puts the line where it belongs, or moves it there. */
export function putGroupLine(place: LinePlace, callId: CallId, line: NewGroupLine): void {
  const { sql, changes, key, conversationId, self } = place;
  const present = findMessage(sql, key, lineId(callId));
  if (present !== null && present.bodyKind !== 'groupCall') return;
  // What stands there already was put by history, and is the same.
  if (present?.order !== line.order && hasMessageAt(sql, key, line.order)) return;
  const detail = JSON.stringify(line.detail);
  const { timerSeconds, expiresAtMs } = line;
  if (present === null) {
    insertMessage(sql, key, {
      order: line.order,
      messageId: lineId(callId),
      senderId: line.detail.startedBy,
      senderDevice: line.device,
      sentAtMs: line.atMs,
      state: line.detail.startedBy === self ? 'sent' : 'received',
      bodyKind: 'groupCall',
      detail,
      timerSeconds,
      expiresAtMs,
    });
  } else {
    sql.run(
      `UPDATE message SET ord = ?, detail = ?, timer_seconds = ?, expires_at_ms = ?
       WHERE conversation = ? AND message_id = ?`,
      line.order,
      detail,
      timerSeconds,
      expiresAtMs,
      key,
      present.messageId,
    );
  }
  if (expiresAtMs !== null) changes.deadline();
  changes.message(conversationId, lineId(callId));
}

/** Another detail, at the place where the line is. `expiresAtMs`: its clock begins, where the call went under a timer. */
export function changeGroupLine(
  { sql, changes, key, conversationId }: LinePlace,
  callId: CallId,
  detail: GroupLineDetail,
  { timerSeconds, expiresAtMs }: Pick<NewGroupLine, 'timerSeconds' | 'expiresAtMs'>,
): void {
  const present = findMessage(sql, key, lineId(callId));
  if (present?.bodyKind !== 'groupCall') return;
  sql.run(
    `UPDATE message SET detail = ?, timer_seconds = ?, expires_at_ms = ?
     WHERE conversation = ? AND message_id = ?`,
    JSON.stringify(detail),
    timerSeconds,
    expiresAtMs,
    key,
    present.messageId,
  );
  if (expiresAtMs !== null) changes.deadline();
  changes.message(conversationId, present.messageId);
}

/** What the line of a call says now; null: this device does not know how it began. */
export function groupDetailOf(state: GroupCallState, self: AccountId): GroupLineDetail | null {
  const { beginning, over, phase, isTaken, isDeclined, log } = state;
  if (beginning === null) return null;
  const { accountId: startedBy, hasVideo, seq: startSeq, rings } = beginning;
  const isOver = phase === 'over';
  const isWanted = rings && startedBy !== self && !isTaken && !isDeclined;
  return {
    startedBy,
    hasVideo,
    isOpen: !isOver,
    isMissed: isOver && isWanted && (log !== null || over !== null),
    durationMs: over?.durationMs ?? null,
    peopleCount: over?.peopleCount ?? null,
    startSeq,
    isSettled: false,
  };
}

export function groupLineView(
  callId: TransactionId,
  detail: string,
  account: (id: AccountId) => AccountView,
): GroupCallLineView {
  const { startedBy, hasVideo, isOpen, durationMs, peopleCount, isMissed } = decodeDetail(detail);
  return {
    callId: callId as string as CallId,
    startedBy: account(startedBy),
    hasVideo,
    isOpen,
    durationMs,
    peopleCount,
    isMissed,
  };
}

const decodeDetail = (detail: string): GroupLineDetail => JSON.parse(detail) as GroupLineDetail;

/** Whether an entry stands between the start and the end of a call whose line is here, by what is said there of the start. */
export function isOfGroupCall(
  sql: Sql,
  key: ConversationKey,
  { seq, acceptedAtMs }: { readonly seq: number; readonly acceptedAtMs: number },
): boolean {
  return (
    sql.get(
      `SELECT 1 FROM (SELECT detail, sent_at_ms FROM message WHERE conversation = ? AND ord > ? AND body_kind = 'groupCall'
         ORDER BY ord LIMIT 4) WHERE json_extract(detail, '$.startSeq') <= ? AND abs(sent_at_ms - ?) <= ?`,
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
