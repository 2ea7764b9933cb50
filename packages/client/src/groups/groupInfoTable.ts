/**
 * What this device knows of a group of people: its policy as it is now, so that lists and rights need not open the
 * group's keys, and its details (spec/client.md, "Groups of people").
 */
import { type GroupPolicy, isLargeGroup, mightDo, type Policy, type Rights } from '@sotto/crypto';
import { type AccountId, type GroupDetails, GroupDetailsSchema, type InviteId } from '@sotto/protocol';
import { decodeMessage } from '../connection/decodeFrame.ts';
import type { ConversationKey, ConversationRow } from '../conversations/conversationTable.ts';
import { storeMembers } from '../conversations/members.ts';
import { changeOwnState, readOwnState } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';

interface StoredInvite {
  readonly inviteId: InviteId;
  /** Hexadecimal. */
  readonly verifyKey: string;
  readonly expiresAtMs: number;
  readonly needsApproval: boolean;
  readonly singleUse: boolean;
}

/** A group's policy but for its members, which are in a table of their own, and what every conversation has. */
export interface GroupRules
  extends Omit<
    GroupPolicy,
    'kind' | 'accountIds' | 'detailsHash' | 'invites' | 'historyOff' | 'timerSeconds'
  > {
  /** Hexadecimal. */
  readonly detailsHash: string;
  readonly invites: readonly StoredInvite[];
  readonly isLarge: boolean;
}

export type GroupEnd = 'left' | 'removed' | 'deleted';

/** The group has this policy from now on. Of direct conversations nothing is stored. */
export function storePolicy(sql: Sql, key: ConversationKey, policy: Policy): void {
  if (policy.kind === 'direct' || readGroupRules(sql, key)?.revision === policy.revision) return;
  storeMembers(sql, key, policy.accountIds);
  sql.run(
    `INSERT INTO group_info (conversation, rules) VALUES (?1, ?2)
     ON CONFLICT (conversation) DO UPDATE SET rules = ?2`,
    key,
    JSON.stringify(rulesFrom(policy)),
  );
}

export function rulesFrom(policy: GroupPolicy): GroupRules {
  const { ownerId, adminIds, rights, sharesHistory, detailsHash, invites, leavingIds, deleted } = policy;
  return {
    revision: policy.revision,
    ownerId,
    adminIds,
    rights,
    sharesHistory,
    detailsHash: detailsHash.toHex(),
    invites: invites.map(({ verifyKey, ...invite }) => ({ ...invite, verifyKey: verifyKey.toHex() })),
    leavingIds,
    deleted,
    isLarge: isLargeGroup(policy.accountIds.length),
  };
}

/** Null before this device knows the group's policy. */
export function readGroupRules(sql: Sql, key: ConversationKey): GroupRules | null {
  const row = sql.get('SELECT rules FROM group_info WHERE conversation = ?', key);
  return row === undefined || row.rules === '' ? null : (JSON.parse(row.rules as string) as GroupRules);
}

/** The encoded details, as the commit at this place has them; those of a later one stay. */
export function storeGroupDetails(sql: Sql, key: ConversationKey, details: Uint8Array, seq: number): void {
  sql.run(
    `INSERT INTO group_info (conversation, rules, details, details_seq) VALUES (?1, '', ?2, ?3)
     ON CONFLICT (conversation) DO UPDATE SET details = ?2, details_seq = ?3 WHERE details_seq <= ?3`,
    key,
    details,
    seq,
  );
}

export function readEncodedDetails(sql: Sql, key: ConversationKey): Uint8Array | null {
  const row = sql.get('SELECT details FROM group_info WHERE conversation = ?', key);
  return (row?.details as Uint8Array | null | undefined) ?? null;
}

/** Null where they are not known here. */
export function readGroupDetails(sql: Sql, key: ConversationKey): GroupDetails | null {
  const details = readEncodedDetails(sql, key);
  return details === null ? null : decodeMessage(GroupDetailsSchema, details);
}

/** What the account's devices are told that the group is called, where that is not what they know. */
export function tellTitle(
  sql: Sql,
  row: Pick<ConversationRow, 'key' | 'conversationId' | 'logId' | 'state'>,
  dueAtMs: number,
): void {
  const stored = sql.get('SELECT details_seq FROM group_info WHERE conversation = ?', row.key);
  const name = readGroupDetails(sql, row.key)?.name;
  const seq = stored?.details_seq as number | undefined;
  if (name === undefined || seq === undefined || seq === 0) return;
  const told = readOwnState(sql, row).title;
  if (told.seq < seq && told.name !== name) changeOwnState(sql, row, { title: { seq, name } }, dueAtMs);
}

/** This device was taken out of the group: because the account left, or was removed. Null: it is back. */
export function storeGroupEnd(sql: Sql, key: ConversationKey, ended: 'left' | 'removed' | null): void {
  sql.run(
    `INSERT INTO group_info (conversation, rules, ended) VALUES (?1, '', ?2)
     ON CONFLICT (conversation) DO UPDATE SET ended = ?2`,
    key,
    ended,
  );
}

/** It was left to be forgotten. */
export function noteUnwanted(sql: Sql, key: ConversationKey): void {
  sql.run('UPDATE group_info SET is_unwanted = 1 WHERE conversation = ?', key);
}

export function isUnwanted(sql: Sql, key: ConversationKey): boolean {
  return sql.get('SELECT is_unwanted FROM group_info WHERE conversation = ?', key)?.is_unwanted === 1;
}

/** Why nothing can be said in the group any more; null where it can, and in direct conversations. */
export function readGroupEnd(sql: Sql, self: AccountId, key: ConversationKey): GroupEnd | null {
  const row = sql.get('SELECT ended FROM group_info WHERE conversation = ?', key);
  if (row === undefined) return null;
  if (row.ended !== null) return row.ended as GroupEnd;
  const rules = readGroupRules(sql, key);
  if (rules?.deleted === true) return 'deleted';
  return rules?.leavingIds.includes(self) === true ? 'left' : null;
}

/** What this account may do in the group now. */
export function mayInGroup(rules: GroupRules, self: AccountId, right: keyof Rights): boolean {
  return !rules.deleted && !rules.leavingIds.includes(self) && mightDo(rules, self, right);
}
