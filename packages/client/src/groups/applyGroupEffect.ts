import type { GroupPolicy } from '@sotto/crypto';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';
import { storeGroupDetails, storePolicy } from './groupInfoTable.ts';
import { dropInvitesBut, storeInviteKeys } from './inviteTable.ts';
import { dropAnsweredRequests } from './joinRequestTable.ts';
import type { GroupEffect } from './readNote.ts';

/** A group of people went on: its policy, and what its note says, hold from now on. */
export function applyGroupEffect(
  sql: Sql,
  key: ConversationKey,
  policy: GroupPolicy,
  { details, inviteKeys }: GroupEffect,
  { seq, isOwn }: { readonly seq: number; readonly isOwn: boolean },
): void {
  storePolicy(sql, key, policy);
  if (details !== null) storeGroupDetails(sql, key, details, seq);
  dropAnsweredRequests(sql, key);
  storeInviteKeys(sql, key, inviteKeys);
  dropInvitesBut(
    sql,
    key,
    policy.invites.map(({ inviteId }) => inviteId),
    isOwn,
  );
}
