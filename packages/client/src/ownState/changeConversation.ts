import type { ConversationId } from '@sotto/protocol';
import { alwaysMuted, waitingOrderBase } from '../api.ts';
import { type ConversationRow, findConversation } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Sql } from '../ports.ts';
import type { ConversationState } from './conversationState.ts';
import { changeOwnState, nextChangeMs, readOwnState } from './ownStateTable.ts';

/** What is done soon after each other becomes one item. */
const changeDelayMs = 1_000;

type StateChange = Partial<Pick<ConversationState, 'archived' | 'muted' | 'pinned'>>;

/** Archiving also takes a pin away. A text that comes later brings the conversation back, unless it is muted. */
export function archiveConversation(
  device: DeviceContext,
  conversationId: ConversationId,
  archived: boolean,
): Promise<void> {
  return change(device, conversationId, (sql, row, changedAtMs, present) => {
    const throughSeq = archived ? newestSeq(sql, row) : 0;
    const { pinned } = present;
    return {
      archived: { changedAtMs, archived, throughSeq },
      ...(archived && pinned.pinned ? { pinned: { changedAtMs, pinned: false } } : {}),
    };
  });
}

/** `untilMs`: a time, `alwaysMuted`, or null: not any more. What is archived stays so until the next text. */
export function muteConversation(
  device: DeviceContext,
  conversationId: ConversationId,
  untilMs: number | null,
): Promise<void> {
  return change(device, conversationId, (sql, row, changedAtMs, present) => {
    const until = Math.min(Math.max(Math.trunc(untilMs ?? 0), 0), alwaysMuted);
    const { archived } = present;
    return {
      muted: { changedAtMs, untilMs: until },
      ...(until === 0 && isArchived(sql, row, present, device.clock.now())
        ? { archived: { ...archived, changedAtMs, throughSeq: newestSeq(sql, row) } }
        : {}),
    };
  });
}

/** What is pinned stands first in the list, the latest pin on top, and is not archived. */
export function pinConversation(
  device: DeviceContext,
  conversationId: ConversationId,
  pinned: boolean,
): Promise<void> {
  return change(device, conversationId, (_sql, _row, changedAtMs, { archived }) => ({
    pinned: { changedAtMs, pinned },
    ...(pinned && archived.archived ? { archived: { changedAtMs, archived: false, throughSeq: 0 } } : {}),
  }));
}

/** Whether the list shows it as archived: nothing was said in it since, or it is muted. */
export function isArchived(
  sql: Sql,
  row: ConversationRow,
  { archived, muted }: ConversationState,
  nowMs: number,
): boolean {
  if (!archived.archived) return false;
  return muted.untilMs > nowMs || !hasTextAbove(sql, row, archived.throughSeq);
}

async function change(
  device: DeviceContext,
  conversationId: ConversationId,
  make: (sql: Sql, row: ConversationRow, changedAtMs: number, present: ConversationState) => StateChange,
): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    if (row === null) return;
    const nowMs = device.clock.now();
    await step.commit((sql, changes) => {
      const made = make(sql, row, nextChangeMs(sql, nowMs), readOwnState(sql, row));
      changeOwnState(sql, row, made, nowMs + changeDelayMs);
      changes.conversation(conversationId);
    });
  });
  device.ownState.wake();
}

function newestSeq(sql: Sql, row: ConversationRow): number {
  const newest = sql.get(
    'SELECT max(ord) AS newest FROM message WHERE conversation = ? AND ord < ?',
    row.key,
    waitingOrderBase,
  )?.newest as number | null | undefined;
  return Math.max(newest ?? 0, row.cursor);
}

function hasTextAbove(sql: Sql, row: ConversationRow, seq: number): boolean {
  return (
    sql.get(
      `SELECT 1 FROM message WHERE conversation = ? AND ord > ? AND ord < ? AND body_kind = 'text' LIMIT 1`,
      row.key,
      seq,
      waitingOrderBase,
    ) !== undefined
  );
}
