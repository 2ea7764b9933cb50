/** Messages of calls of groups in the outbox. */
import type { CallId, TransactionId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { decodeContent } from '../messages/content.ts';
import { deleteOutboxItem, type OutboxItem, waitingCalls } from '../outbox/outboxTable.ts';
import type { Sql } from '../ports.ts';
import type { GroupCallMessage } from './groupCallMessage.ts';
import { withoutOwn } from './groupCallState.ts';
import { deleteGroupCall, findGroupCall, storeGroupCall } from './groupCallTable.ts';

function messageOf({ content }: Pick<OutboxItem, 'content'>): GroupCallMessage | null {
  const decoded = decodeContent(content);
  return decoded.kind === 'groupCall' ? decoded.message : null;
}

/** The call whose keys of a new generation an item brings. */
export function keysIn({
  kind,
  bytes,
}: {
  readonly kind: string;
  readonly bytes: Uint8Array;
}): CallId | null {
  const message = kind === 'call' ? messageOf({ content: bytes }) : null;
  return message?.kind === 'keys' && message.step === 0 ? message.callId : null;
}

/** The exporter's part of a generation's keys, of the epoch in which this device's message was sealed. */
export function noteKeysExported(sql: Sql, callId: CallId, id: TransactionId, exported: string): void {
  const row = findGroupCall(sql, callId);
  const own = row?.state.own ?? null;
  if (row === null || own?.issued?.transactionId !== id) return;
  const state = { ...row.state, own: { ...own, issued: { ...own.issued, exported } } };
  storeGroupCall(sql, row.key, state, row.changedAtMs);
}

/** An item will not be in the log, or the log was read past it: what this device tried is over. */
export function loseGroupCall(sql: Sql, changes: Changes, key: ConversationKey, item: OutboxItem): void {
  const message = messageOf(item);
  const row = message === null ? null : findGroupCall(sql, message.callId);
  if (message === null || row?.key !== key || row.state.phase === 'over') return;
  const { state } = row;
  changes.groupCall(message.callId);
  switch (message.kind) {
    case 'start':
      if (state.phase === 'starting') deleteGroupCall(sql, message.callId);
      return;
    case 'join':
      if (state.own?.joinId === message.joinId) {
        storeGroupCall(sql, key, withoutOwn(state, { kind: 'lost' }), row.changedAtMs);
      }
      return;
    case 'keys':
      if (state.own?.issued?.transactionId === item.transactionId) {
        storeGroupCall(sql, key, { ...state, own: { ...state.own, issued: null } }, row.changedAtMs);
      }
      return;
    case 'state':
    case 'reaction':
    case 'control':
    case 'leave':
    case 'decline':
    case 'end':
      return;
  }
}

/** What a device has to say of its part in a call, which nobody needs to hear when that is over. */
const ofOwnPart: readonly GroupCallMessage['kind'][] = ['join', 'keys', 'state', 'reaction'];

/** Takes back what was to be said of a call and was not sealed yet; whether its join was among that. */
export function takeGroupBack(
  sql: Sql,
  key: ConversationKey,
  callId: CallId,
  kinds: readonly GroupCallMessage['kind'][] = ofOwnPart,
): boolean {
  let isJoin = false;
  for (const item of waitingCalls(sql, key)) {
    const message = messageOf(item);
    if (message?.callId !== callId || !kinds.includes(message.kind)) continue;
    if (message.kind === 'join') isJoin = true;
    deleteOutboxItem(sql, item.position);
  }
  return isJoin;
}
