import type { Policy } from '@sotto/crypto';
import { type ConversationRow, updateConversation } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';
import { deleteGroupChange, readGroupChanges } from './groupChangeTable.ts';
import { storeGroupDetails, storeGroupEnd, storePolicy } from './groupInfoTable.ts';
import { forgetRefusedCommit } from './refusedCommit.ts';

/** This device is in the group from now on: what it knows of a group of people begins with the policy. */
export function enterGroup(sql: Sql, row: Pick<ConversationRow, 'key'>, policy: Policy): void {
  updateConversation(sql, row.key, { timerSeconds: policy.timerSeconds });
  if (policy.kind === 'direct') return;
  storePolicy(sql, row.key, policy);
  storeGroupEnd(sql, row.key, null);
  forgetRefusedCommit(sql, row);
  // What was asked for by a link has come.
  sql.run(
    'DELETE FROM sent_join_request WHERE log_id = (SELECT log_id FROM conversation WHERE key = ?)',
    row.key,
  );
  for (const { changeId, change } of readGroupChanges(sql, row.key)) {
    if (change.kind !== 'create') continue;
    storeGroupDetails(sql, row.key, Uint8Array.fromHex(change.details), 1);
    deleteGroupChange(sql, changeId);
  }
}
