/**
 * Makes what this account asked of a group into a commit (spec/client.md, "Groups of people"). Invariant: a wish is stored
 * until the log has its commit, it turned out to be as wished already, or it was refused, which is shown; whoever else
 * changes the group meanwhile only has it made anew, on what the group is then.
 */
import {
  type ClaimedKeyPackage,
  decodeDetails,
  type GroupDetails,
  type GroupRefusal,
  type InviteMemberKey,
  inviteKeys,
  type NoteContents,
  type Policy,
  proposeGroupChange,
} from '@sotto/crypto';
import { type AccountId, limits } from '@sotto/protocol';
import type { GroupProblem } from '../api.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { afterError, tryLater, type WorkResult } from '../conversations/workResult.ts';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';
import type { Sql } from '../ports.ts';
import { claimDevices } from './claimDevices.ts';
import {
  type ChangeRow,
  deleteGroupChange,
  failGroupChange,
  findGroupChange,
  replaceGroupChange,
  type WantedChange,
} from './groupChangeTable.ts';
import { readEncodedDetails, readGroupDetails, readGroupRules } from './groupInfoTable.ts';
import { readInvites } from './inviteTable.ts';
import { isReachable } from './isReachable.ts';
import { noteAnswer } from './joinRequestTable.ts';
import { makeCommit } from './makeCommit.ts';
import { refreshMembers } from './refreshMembers.ts';
import { openEarlierKeys } from './shareHistory.ts';
import { changeFrom, encodedDetailsOf } from './wantedChange.ts';

const refusedDelayMs = 60_000;

/** Who comes, with what the server gave of their devices. */
interface Comers {
  readonly accountIds: readonly AccountId[];
  readonly devices: readonly ClaimedKeyPackage[];
}

export async function applyGroupChange(
  device: DeviceContext,
  row: ConversationRow,
  wanted: ChangeRow,
): Promise<WorkResult> {
  if (!(await refreshMembers(device, row))) return tryLater;
  let comers: Comers | null = null;
  if (wanted.change.kind === 'add') {
    const found = await findComers(device, row, wanted, wanted.change);
    if ('result' in found) return found.result;
    comers = found;
    const { logId } = row;
    const isShared = device.database.read((sql) => readGroupRules(sql, row.key))?.sharesHistory === true;
    if (isShared && logId !== null && !(await openEarlierKeys(device, row, logId))) return tryLater;
  }
  const ownKey = await keyOfInvite(device, wanted.change);
  // An encoding has a salt of its own: the one that is committed is the one that the note has.
  let details: Uint8Array | null = null;
  for (;;) {
    let isDone = false;
    const made = await makeCommit(device, row.key, 'group', {
      changeId: wanted.changeId,
      make: async (step, lookups) => {
        const { group, present, known } = step.read((sql) => ({
          group: device.groups.get(sql, row.key),
          present: findGroupChange(sql, wanted.changeId),
          known: readGroupDetails(sql, row.key),
        }));
        if (group === null || present === null || present.failed !== null) return null;
        const { policy } = group;
        if (policy.kind !== 'group') return null;
        if (wanted.change.kind === 'details')
          details = encodedDetailsOf(device.provider, wanted.change, known);
        const change = await changeFrom(device, wanted.change, { policy, comers, details });
        isDone = change === null;
        if (change === null) return null;
        return proposeGroupChange(cryptoContext(device), group, device.self, change, lookups);
      },
      note: (step, { next, groupEvents }) => {
        const kinds = new Set(groupEvents.map(({ kind }) => kind));
        if (kinds.size === 1 && kinds.has('gone')) return null;
        const isForNew = kinds.has('added') || kinds.has('joinedByLink');
        return step.read((sql) => noteContents(sql, row, next.policy, { details, isForNew, ownKey }));
      },
    });
    if (made === 'made') return { kind: 'again' };
    if (made === 'offline') return tryLater;
    if (made === 'superseded') {
      if (isDone) await settle(device, row, wanted, null);
      return { kind: 'again' };
    }
    const rest = comers?.devices.filter((one) => one.deviceId !== made.device?.deviceId);
    if (comers !== null && rest !== undefined && rest.length < comers.devices.length) {
      // Its account comes without it: the device joins by itself.
      comers = { ...comers, devices: rest };
      continue;
    }
    const outcome = problemOf(made, comers?.accountIds.length ?? 0);
    if (outcome === 'later') return { kind: 'pause', delayMs: refusedDelayMs };
    await settle(device, row, wanted, outcome);
    return { kind: 'again' };
  }
}

/** Null for what is as wished. */
async function settle(
  device: DeviceContext,
  row: ConversationRow,
  { changeId, change }: ChangeRow,
  problem: GroupProblem | null,
): Promise<void> {
  await device.steps.run((step) =>
    step.commit((sql, changes) => {
      const isRequest = change.kind === 'add' && change.proof !== undefined;
      if (isRequest && problem !== null) {
        // Whoever asked is told no: its proof is not good, or the link is over.
        for (const accountId of change.accountIds) noteAnswer(sql, row.key, accountId, false);
      }
      if (problem === null || isRequest) deleteGroupChange(sql, changeId);
      else failGroupChange(sql, changeId, problem);
      changes.conversation(row.conversationId);
    }),
  );
}

/** Accounts that are no members yet, with their chains and devices. Whom nothing can be had of is told, and left out. */
async function findComers(
  device: DeviceContext,
  row: ConversationRow,
  wanted: ChangeRow,
  change: WantedChange & { readonly kind: 'add' },
): Promise<Comers | { readonly result: WorkResult }> {
  const ask = change.accountIds;
  const claim = await claimDevices(device, ask, true);
  if (claim.kind === 'lost') return { result: { kind: 'idle' } };
  if (claim.kind === 'error') return { result: afterError(claim.error) };
  if (!(await device.directory.refresh(ask))) return { result: tryLater };
  const isUsable = (id: AccountId) => !claim.gone.includes(id) && isReachable(device, id);
  const accountIds = ask.filter(isUsable);
  const refused = ask.filter((id) => !isUsable(id));
  if (refused.length === 0) return { accountIds, devices: claim.members };
  await device.steps.run((step) =>
    step.commit((sql, changes) => {
      const problem = { kind: 'unknownAccount' } as const;
      replaceGroupChange(
        sql,
        row.key,
        wanted.changeId,
        accountIds.length === 0 ? [] : [{ change: { ...change, accountIds }, failed: null }],
        refused.map((id) => ({ change: { kind: 'add', accountIds: [id] }, failed: problem })),
        () => device.provider.randomBytes(16).toHex(),
      );
      changes.conversation(row.conversationId);
    }),
  );
  return { result: { kind: 'again' } };
}

/** Of a link that is to be made. */
async function keyOfInvite(
  { provider }: DeviceContext,
  change: WantedChange,
): Promise<InviteMemberKey | null> {
  if (change.kind !== 'invite') return null;
  const { memberKey } = await inviteKeys(provider, Uint8Array.fromHex(change.secret));
  return { inviteId: change.inviteId, key: memberKey };
}

interface Noted {
  /** The encoded details, where they change. */
  readonly details: Uint8Array | null;
  readonly isForNew: boolean;
  readonly ownKey: InviteMemberKey | null;
}

function noteContents(
  sql: Sql,
  { key }: ConversationRow,
  policy: Policy,
  { details, isForNew, ownKey }: Noted,
): Omit<NoteContents, 'transactionId'> | null {
  if (policy.kind === 'direct') return null;
  const before: GroupDetails | null = readGroupDetails(sql, key);
  const present = details ?? (isForNew ? readEncodedDetails(sql, key) : null);
  const inviteIds = new Set(policy.invites.map(({ inviteId }) => inviteId));
  const known = isForNew ? readInvites(sql, key) : [];
  const keys = [...known.map((invite) => ({ inviteId: invite.inviteId, key: invite.key })), ownKey];
  return {
    ...(present === null || decodeDetails(present) === null ? {} : { details: present }),
    ...(details === null || before === null ? {} : { detailsBefore: before }),
    inviteKeys: keys.filter((one) => one !== null).filter(({ inviteId }) => inviteIds.has(inviteId)),
  };
}

/** `later`: what is in the way may go away by itself. */
function problemOf({ reason }: GroupRefusal, comers: number): GroupProblem | 'later' {
  switch (reason) {
    case 'not_allowed_by_role':
    case 'not_allowed_to_remove':
    case 'approval_required':
    case 'unknown_invite':
    case 'expired_invite':
    case 'invalid_join_proof':
      return { kind: 'notAllowed' };
    case 'group_deleted':
      return { kind: 'ended' };
    case 'not_a_member':
      return { kind: 'notMember' };
    case 'already_a_member':
      return { kind: 'alreadyMember' };
    case 'too_many_accounts':
      return { kind: 'tooManyMembers', limit: limits.accountsPerConversation };
    case 'too_many_admins':
      return { kind: 'tooManyAdmins', limit: limits.adminsPerGroup };
    case 'too_many_invites':
      return { kind: 'tooManyInvites', limit: limits.invitesPerGroup };
    case 'too_many_devices':
      return { kind: 'tooManyMembers', limit: limits.devicesPerConversation };
    case 'policy_changed':
      return { kind: 'notAllowed' };
    default:
      return comers > 0 ? { kind: 'unreachable' } : 'later';
  }
}
