import { noteRecipients } from '../attachments/viewLimit.ts';
import { loseCall } from '../calls/callItem.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { startSent } from '../disappearing/messageClocks.ts';
import { loseGroupCall } from '../groupCalls/groupCallItem.ts';
import { applyChange } from '../messageChanges/applyChange.ts';
import { decodeContent, isChange } from '../messages/content.ts';
import { noRules } from '../messages/messageRules.ts';
import { findMessage, hasMessageAt, moveMessage } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import { deleteOutboxItem, type OutboxItem } from './outboxTable.ts';

/**
 * Ends an item whose entry the log was read past: its message goes where the server says it stands, or stays at
 * the end where something else stands there.
 */
export function placePassedItem(
  sql: Sql,
  changes: Changes,
  { self, serverClock }: Pick<DeviceContext, 'self' | 'serverClock'>,
  row: Pick<ConversationRow, 'key' | 'conversationId' | 'kind' | 'peerId'>,
  item: OutboxItem,
  seq: number,
): void {
  deleteOutboxItem(sql, item.position);
  if (item.kind === 'call') {
    loseCall(sql, changes, row.key, item);
    loseGroupCall(sql, changes, row.key, item);
  }
  const isPlace = Number.isSafeInteger(seq) && seq > 0;
  const content = item.kind === 'text' ? null : decodeContent(item.content);
  if (content !== null && isChange(content) && isPlace) {
    const { accountId, deviceId } = self;
    applyChange({ sql, changes, self: accountId, row }, noRules, {
      seq,
      transactionId: item.transactionId,
      authorId: accountId,
      authorDevice: deviceId,
      atMs: content.sentAtMs,
      content,
    });
  }
  const message = findMessage(sql, row.key, item.transactionId);
  if (message === null) return;
  const isFree = isPlace && !hasMessageAt(sql, row.key, seq);
  moveMessage(sql, row.key, item.transactionId, { order: isFree ? seq : message.order, state: 'sent' });
  noteRecipients(sql, changes, self.accountId, row, item.transactionId);
  startSent(sql, row.key, item.transactionId, serverClock.nowMs());
  changes.deadline();
  changes.message(row.conversationId, item.transactionId);
}
