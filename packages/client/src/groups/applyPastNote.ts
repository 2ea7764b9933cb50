import type { ConversationRow } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Sql } from '../ports.ts';
import { readGroupRules, storeGroupDetails } from './groupInfoTable.ts';
import { storeInviteKeys } from './inviteTable.ts';
import type { GroupEffect } from './readNote.ts';

/**
 * What a note of the past, at this place, says that may still hold: the newest details that are known, and keys of links
 * that the group still has.
 */
export function applyPastNote(
  { provider }: DeviceContext,
  sql: Sql,
  { key }: ConversationRow,
  { details, inviteKeys }: GroupEffect,
  seq: number,
): void {
  const rules = readGroupRules(sql, key);
  const isTrue = (encoded: Uint8Array) =>
    rules === null || provider.sha256(encoded).toHex() === rules.detailsHash;
  if (details !== null && isTrue(details)) storeGroupDetails(sql, key, details, seq);
  const invites = rules?.invites.map(({ inviteId }) => inviteId);
  storeInviteKeys(
    sql,
    key,
    inviteKeys.filter(({ inviteId }) => invites?.includes(inviteId) ?? true),
  );
}
