import { findConversationByLog, updateConversation } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { tellReplies } from '../messageChanges/changeScene.ts';
import { countUnread, deleteMessage, messagesByRef } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import type { MessageMark } from './messageMark.ts';

/** What the account says of a message becomes what this device shows of it: nothing, of one that is hidden. */
export function applyMark(sql: Sql, changes: Changes, { logId, message, hidden }: MessageMark): void {
  const row = findConversationByLog(sql, logId);
  if (row === null) return;
  const { key, conversationId } = row;
  for (const { messageId } of messagesByRef(sql, key, message)) {
    if (!hidden) {
      changes.message(conversationId, messageId);
      continue;
    }
    deleteMessage(sql, key, messageId);
    changes.removedMessage(conversationId, messageId);
    changes.files();
  }
  if (!hidden) return;
  updateConversation(sql, key, { unreadCount: countUnread(sql, key, row.ownRead) });
  tellReplies({ sql, changes, row }, message);
}
