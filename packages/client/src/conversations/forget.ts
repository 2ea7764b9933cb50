/** Deleting what this device has of a conversation (spec/client.md, "Deleting a conversation"). */
import type { TransactionId } from '@sotto/protocol';
import { openCallsOf } from '../calls/callTable.ts';
import type { Changes } from '../device/changes.ts';
import { noteUnwanted } from '../groups/groupInfoTable.ts';
import { setFirstSeq } from '../history/firstSeq.ts';
import { countUnread, deleteMessage } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';
import { type ConversationRow, updateConversation } from './conversationTable.ts';

/** Nothing of it stays, in the caller's transaction; a direct conversation stays as a place without content. */
export function forget(sql: Sql, changes: Changes, row: ConversationRow): void {
  const { key, conversationId, logId } = row;
  const texts = sql.all(
    'SELECT message_id FROM message WHERE conversation = ? AND search_place IS NOT NULL',
    key,
  );
  for (const { message_id: id } of texts) deleteMessage(sql, key, id as TransactionId);
  for (const { state } of openCallsOf(sql, key)) changes.call(state.callId);
  if (row.kind === 'direct') empty(sql, row);
  else {
    if (logId !== null) {
      sql.run('DELETE FROM epoch_key WHERE log_id = ?', logId);
      sql.run('DELETE FROM deposit WHERE log_id = ?', logId);
      sql.run('INSERT OR REPLACE INTO forgotten_log VALUES (?, ?)', logId, row.cursor);
    }
    sql.run('DELETE FROM conversation WHERE key = ?', key);
  }
  sql.run('DELETE FROM unreadable WHERE conversation = ?', key);
  changes.conversation(conversationId);
}

/** Another device of the account deleted it, up to this entry; a group is deleted here once this device is out of it. */
export function forgetThrough(sql: Sql, changes: Changes, row: ConversationRow, throughSeq: number): void {
  if (row.kind === 'group') {
    noteUnwanted(sql, row.key);
    return;
  }
  const texts = sql.all(
    'SELECT message_id FROM message WHERE conversation = ? AND ord <= ?',
    row.key,
    throughSeq,
  );
  for (const { message_id: id } of texts) {
    deleteMessage(sql, row.key, id as TransactionId);
    changes.removedMessage(row.conversationId, id as TransactionId);
  }
  setFirstSeq(sql, row.key, throughSeq + 1);
  updateConversation(sql, row.key, {
    isHidden: true,
    unreadCount: countUnread(sql, row.key, Math.max(row.ownRead, throughSeq)),
  });
}

/** Only the keys of the group stay, and how far its log was read: under a new key, so that all else goes with the old one. */
function empty(sql: Sql, row: ConversationRow): void {
  const columns = sql
    .all(
      "SELECT name FROM pragma_table_info('conversation') WHERE name NOT IN ('key', 'conversation_id', 'log_id')",
    )
    .map(({ name }) => name as string);
  const others = columns.join(', ');
  sql.run(
    `INSERT INTO conversation (conversation_id, log_id, ${others})
    SELECT conversation_id || '-', NULL, ${others} FROM conversation WHERE key = ?`,
    row.key,
  );
  const key = sql.get('SELECT last_insert_rowid() AS key')?.key as number;
  for (const table of ['group_state', 'group_record', 'pending_commit', 'history_applied']) {
    sql.run(`UPDATE ${table} SET conversation = ? WHERE conversation = ?`, key, row.key);
  }
  sql.run('DELETE FROM conversation WHERE key = ?', row.key);
  sql.run(
    `UPDATE conversation SET conversation_id = ?, log_id = ?, draft = '', unread_count = 0, is_hidden = 1,
       own_read = max(own_read, cursor) WHERE key = ?`,
    row.conversationId,
    row.logId,
    key,
  );
  if (row.cursor > 0) sql.run('INSERT INTO log_span VALUES (?, 1, ?)', key, row.cursor);
}
