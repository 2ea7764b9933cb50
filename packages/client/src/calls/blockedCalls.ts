/**
 * Whether the other account's calls ring (spec/calls.md, "Calls that are not wanted"). Kept in the account's item of the
 * conversation. Invariant: nothing is said to anybody about it, and what does not ring is not missed.
 */
import type { AccountId, ConversationId, TransactionId } from '@sotto/protocol';
import {
  type ConversationRow,
  findConversation,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { countUnread } from '../messages/messageTable.ts';
import { changeOwnState, nextChangeMs, readOwnState } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';
import { changeLine, detailOf } from './callLine.ts';
import { openCallsOf, storeCall } from './callTable.ts';

/** Of a call of this kind: it rings here no more, and its line counts for nothing. */
export const blocked = { hasRungOut: true, isBlocked: true } as const;

export function areCallsBlocked(
  sql: Sql,
  row: Pick<ConversationRow, 'conversationId' | 'logId' | 'state'>,
): boolean {
  return readOwnState(sql, row).calls.off;
}

/** On all devices of the account. What rings falls silent. Of groups and notes to oneself it does nothing. */
export async function blockCalls(
  device: DeviceContext,
  conversationId: ConversationId,
  isBlocked: boolean,
): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    if (row === null || row.kind !== 'direct' || row.peerId === device.self.accountId) return;
    if (step.read((sql) => areCallsBlocked(sql, row)) === isBlocked) return;
    const nowMs = device.clock.now();
    await step.commit((sql, changes) => {
      const calls = { changedAtMs: nextChangeMs(sql, nowMs), off: isBlocked };
      changeOwnState(sql, row, { calls }, nowMs);
      if (isBlocked) silenceCalls(sql, changes, row, { self: device.self.accountId, sinceMs: nowMs, nowMs });
      changes.conversation(conversationId);
    });
  });
  device.ownState.wake();
}

export interface Silence {
  readonly self: AccountId;
  /** When the account chose so: what came later and counted as missed, because this device did not know yet, does no more. */
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** What rings falls silent, and what was missed since then is not. */
export function silenceCalls(
  sql: Sql,
  changes: Changes,
  row: Pick<ConversationRow, 'key' | 'conversationId' | 'ownRead'>,
  { self, sinceMs, nowMs }: Silence,
): void {
  const { key, conversationId, ownRead } = row;
  for (const { state } of openCallsOf(sql, key)) {
    const isOthers = state.caller !== null && state.caller.accountId !== self;
    // One that this account has agreed to take is its own choice.
    if (state.phase !== 'ringing' || !isOthers || state.own !== null || state.expected !== null) continue;
    if (state.hasRungOut && (state.invite?.atMs ?? 0) < sinceMs) continue;
    const silent = { ...state, ...blocked };
    storeCall(sql, key, silent, nowMs);
    changes.call(state.callId);
    const detail = detailOf(silent, self);
    if (detail !== null) changeLine({ sql, changes, key, conversationId, self }, state.callId, detail);
  }
  const missed = sql.all(
    `UPDATE message SET detail = json_set(detail, '$.isMissed', json('false'))
     WHERE conversation = ? AND ord > ? AND state = 'received' AND body_kind = 'call' AND sent_at_ms >= ?
       AND json_extract(detail, '$.isMissed') RETURNING message_id`,
    key,
    ownRead,
    sinceMs,
  );
  for (const { message_id: id } of missed) changes.message(conversationId, id as TransactionId);
  updateConversation(sql, key, { unreadCount: countUnread(sql, key, ownRead) });
}
