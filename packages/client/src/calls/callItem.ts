/** Messages of calls in the outbox. */
import type { CallId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { decodeContent } from '../messages/content.ts';
import { deleteOutboxItem, type OutboxItem, waitingCalls } from '../outbox/outboxTable.ts';
import type { Sql } from '../ports.ts';
import type { CallMessage } from './callMessage.ts';
import { ended } from './callState.ts';
import { findCall, storeCall } from './callTable.ts';

function messageOf({ content }: Pick<OutboxItem, 'content'>): CallMessage | null {
  const decoded = decodeContent(content);
  return decoded.kind === 'call' ? decoded.message : null;
}

/** The call that an item answers. */
export function answerIn({
  kind,
  bytes,
}: {
  readonly kind: string;
  readonly bytes: Uint8Array;
}): CallId | null {
  const message = kind === 'call' ? messageOf({ content: bytes }) : null;
  return message?.kind === 'answer' ? message.callId : null;
}

/** The exporter's part of a call's keys, of the epoch in which this device's answer was sealed. */
export function noteExported(sql: Sql, callId: CallId, exported: string): void {
  const row = findCall(sql, callId);
  if (row === null || row.state.own?.role !== 'answerer' || row.state.phase === 'over') return;
  storeCall(sql, row.key, { ...row.state, exported }, row.changedAtMs);
}

/** An item will not be in the log, or the log was read past it: what this device tried is over. */
export function loseCall(sql: Sql, changes: Changes, key: ConversationKey, item: OutboxItem): void {
  const message = messageOf(item);
  const row = message === null ? null : findCall(sql, message.callId);
  if (message === null || row?.key !== key || row.state.phase === 'over') return;
  if (message.kind !== 'invite' && message.kind !== 'answer' && message.kind !== 'end') return;
  const over =
    message.kind === 'end'
      ? { kind: message.outcome, durationMs: message.durationMs }
      : { kind: 'failed' as const, durationMs: null };
  storeCall(sql, key, ended(row.state, over), row.changedAtMs);
  changes.call(message.callId);
}

/** Takes back what was to be said of a call and was not sealed yet; whether its invite was among that. */
export function takeBack(sql: Sql, key: ConversationKey, callId: CallId): boolean {
  let isInvite = false;
  for (const item of waitingCalls(sql, key)) {
    const message = messageOf(item);
    if (message?.callId !== callId) continue;
    if (message.kind === 'invite') isInvite = true;
    deleteOutboxItem(sql, item.position);
  }
  return isInvite;
}
