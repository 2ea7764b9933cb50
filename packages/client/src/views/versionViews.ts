import type { MessageVersion } from '../api.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import type { Version } from '../messageChanges/messageChangeTable.ts';
import { waitingChangeOf } from '../messageChanges/queueChange.ts';
import { versionsOf } from '../messageChanges/shownText.ts';
import { isSameRef } from '../messages/messageRef.ts';
import { type MessageRow, refOf } from '../messages/messageTable.ts';
import { waitingItems } from '../outbox/outboxTable.ts';
import type { Sql } from '../ports.ts';
import { mentionViews, type ViewNames } from './messageView.ts';

/** The texts that a message had, the first first; one that is about to be is the last. */
export function versionViews(
  names: ViewNames,
  sql: Sql,
  { key }: Pick<ConversationRow, 'key'>,
  row: MessageRow,
): MessageVersion[] {
  const waiting = waitingItems(sql, key).flatMap((item): Version[] => {
    const change = waitingChangeOf(item);
    if (change?.content.kind !== 'edit' || !isSameRef(change.content.message, refOf(row))) return [];
    return [{ ...change.content, atMs: change.atMs }];
  });
  return [...versionsOf(sql, key, row), ...waiting].map(({ text, mentions, atMs }) => ({
    text,
    mentions: mentionViews(names, mentions),
    atMs,
  }));
}
