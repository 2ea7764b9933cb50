import type { AccountId } from '@sotto/protocol';
import type { GroupInviteView, GroupRightsView, GroupRole, GroupView, PendingGroupChange } from '../api.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { readGroupChanges, type WantedChange, waitingDetails } from '../groups/groupChangeTable.ts';
import { type GroupRules, readGroupDetails, readGroupEnd, readGroupRules } from '../groups/groupInfoTable.ts';
import { readInvites } from '../groups/inviteTable.ts';
import { requestsToAnswer } from '../groups/joinRequestTable.ts';
import type { Sql } from '../ports.ts';
import type { ViewNames } from './messageView.ts';

const nothing = { name: '', photo: new Uint8Array(0), description: '' };
/** Shown until the policy is known. */
const unknownRights: GroupRightsView = {
  addMembers: 'admins',
  removeMembers: 'admins',
  editDetails: 'admins',
  call: 'everyone',
  setTimer: 'admins',
  pin: 'admins',
  deleteMessages: 'admins',
  send: 'everyone',
};

/** Null for direct conversations. */
export function groupView(names: ViewNames, sql: Sql, row: ConversationRow): GroupView | null {
  if (row.kind === 'direct') return null;
  const rules = readGroupRules(sql, row.key);
  const { name, photo, description } =
    readGroupDetails(sql, row.key) ?? waitingDetails(sql, row.key) ?? nothing;
  return {
    role: roleIn(rules, row, names.self),
    details: { name, photo, description },
    rights: rules?.rights ?? unknownRights,
    sharesHistory: rules?.sharesHistory ?? false,
    invites: invitesOf(sql, row, rules),
    requests: requestsToAnswer(sql, row.key, names.self, rules).map(({ accountId, atMs }) => ({
      account: names.account(accountId),
      atMs,
    })),
    changes: readGroupChanges(sql, row.key).flatMap(({ changeId, change, failed }) => {
      const shown = shownChange(change);
      if (shown === null) return [];
      const account = shown.accountId === null ? null : names.account(shown.accountId);
      return [{ changeId, kind: shown.kind, account, failed }];
    }),
    ended: readGroupEnd(sql, names.self, row.key),
  };
}

function invitesOf(sql: Sql, { key }: ConversationRow, rules: GroupRules | null): GroupInviteView[] {
  const links = new Map(readInvites(sql, key).map(({ inviteId, link }) => [inviteId, link]));
  return (rules?.invites ?? []).map(({ inviteId, expiresAtMs, needsApproval, singleUse }) => ({
    inviteId,
    link: links.get(inviteId) ?? null,
    expiresAtMs,
    needsApproval,
    singleUse,
  }));
}

function roleIn(rules: GroupRules | null, row: ConversationRow, self: AccountId): GroupRole {
  if (rules === null) return row.state === 'waiting' ? 'owner' : 'member';
  if (rules.ownerId === self) return 'owner';
  return rules.adminIds.includes(self) ? 'admin' : 'member';
}

/** Null for what is shown as the conversation itself. */
function shownChange(
  change: WantedChange,
): { readonly kind: PendingGroupChange['kind']; readonly accountId: AccountId | null } | null {
  switch (change.kind) {
    case 'create':
      return null;
    case 'add':
      return { kind: 'add', accountId: change.accountIds[0] ?? null };
    case 'remove':
    case 'role':
      return { kind: change.kind, accountId: change.accountId };
    default:
      return { kind: change.kind, accountId: null };
  }
}
