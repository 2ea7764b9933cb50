import type { TransactionId } from '@sotto/protocol';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { type ChangeContent, decodeContent, encodeChange, isChange } from '../messages/content.ts';
import { isSameRef } from '../messages/messageRef.ts';
import { deleteOutboxItem, insertOutboxItem, type OutboxItem, waitingItems } from '../outbox/outboxTable.ts';
import type { Sql } from '../ports.ts';
import { tellOf } from './applyChange.ts';

/** Own changes of one message that have not left yet, by place: they show as done. */
export interface WaitingChange {
  readonly position: number;
  readonly isSealed: boolean;
  readonly atMs: number;
  readonly content: ChangeContent;
}

/** Null where the item is something else. */
export function waitingChangeOf({ position, state, kind, content: bytes }: OutboxItem): WaitingChange | null {
  const content = kind === 'text' ? null : decodeContent(bytes);
  if (content === null || !isChange(content)) return null;
  return { position, isSealed: state !== 'waiting', atMs: content.sentAtMs, content };
}

/** Stores what is to be done to a message, to be sent; one of the same kind that has not left it takes the place of. */
export function queueChange(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  row: ConversationRow,
  content: ChangeContent,
): void {
  for (const item of waitingItems(sql, row.key)) {
    const waiting = waitingChangeOf(item);
    if (waiting === null) continue;
    const isSame =
      waiting.content.kind === content.kind && isSameRef(waiting.content.message, content.message);
    if (isSame && !waiting.isSealed) deleteOutboxItem(sql, waiting.position);
  }
  insertOutboxItem(sql, row.key, {
    transactionId: randomId<TransactionId>(device.provider),
    kind: content.kind,
    content: encodeChange(device.clock.now(), content),
  });
  tellOf({ sql, changes, row }, content.message, content.kind === 'edit' || content.kind === 'deletion');
}
