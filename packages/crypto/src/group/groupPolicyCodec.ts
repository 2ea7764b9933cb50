/** The part of a policy that groups have (spec/groups.md, "Policy"). What it decodes to is a policy that makes sense. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type AccountId,
  type GroupInvite,
  type GroupPolicy as GroupPolicyMessage,
  GroupPolicySchema,
  type InviteId,
  idFromBytes,
  idToBytes,
  limits,
} from '@sotto/protocol';
import type { GroupPolicy, Invite } from './policyTypes.ts';
import { rightsFrom, rightsMessage, sortedIds } from './rightsCodec.ts';

const hashSizeBytes = 32;
const verifyKeySizeBytes = 32;
/** Times are numbers here: the last one that a Date has. */
const maxTimeMs = 8_640_000_000_000_000n;

export function encodableGroup(policy: GroupPolicy): MessageInitShape<typeof GroupPolicySchema> {
  return create(GroupPolicySchema, {
    ownerId: idToBytes(policy.ownerId),
    adminIds: policy.adminIds.map(idToBytes),
    rights: rightsMessage(policy.rights),
    sharesHistory: policy.sharesHistory,
    detailsHash: policy.detailsHash,
    invites: policy.invites.map((invite) => ({
      inviteId: idToBytes(invite.inviteId),
      verifyKey: invite.verifyKey,
      expiresAtMs: BigInt(invite.expiresAtMs),
      needsApproval: invite.needsApproval,
      singleUse: invite.singleUse,
    })),
    leavingIds: policy.leavingIds.map(idToBytes),
    deleted: policy.deleted,
  });
}

/** Null where it is no policy of these accounts. */
export function groupFrom(
  common: Pick<GroupPolicy, 'accountIds' | 'revision' | 'historyOff' | 'timerSeconds'>,
  message: GroupPolicyMessage,
): GroupPolicy | null {
  const { accountIds } = common;
  const ownerId = idFromBytes<AccountId>(message.ownerId);
  const adminIds = sortedIds<AccountId>(message.adminIds, limits.adminsPerGroup);
  const leavingIds = sortedIds<AccountId>(message.leavingIds, limits.accountsPerConversation);
  const rights = rightsFrom(message.rights);
  const invites = invitesFrom(message.invites);
  const { detailsHash, sharesHistory, deleted } = message;
  if (ownerId === null || adminIds === null || leavingIds === null) return null;
  if (rights === null || invites === null || detailsHash.length !== hashSizeBytes) return null;
  if (!isAmong(accountIds, [ownerId]) || !isAmong(accountIds, adminIds) || !isAmong(accountIds, leavingIds)) {
    return null;
  }
  // Who leaves has no role any more. An owner among them has nobody to hand over to: all of them leave.
  if (adminIds.some((admin) => admin === ownerId || leavingIds.includes(admin))) return null;
  if (leavingIds.includes(ownerId) && leavingIds.length < accountIds.length) return null;
  return {
    kind: 'group',
    ...common,
    ownerId,
    adminIds,
    rights,
    sharesHistory,
    detailsHash: detailsHash.slice(),
    invites,
    leavingIds,
    deleted,
  };
}

/** Whether all of `ids` are in `accountIds`. */
export function isAmong(accountIds: readonly AccountId[], ids: readonly AccountId[]): boolean {
  if (ids.length === 0) return true;
  const all = new Set(accountIds);
  return ids.every((id) => all.has(id));
}

function invitesFrom(messages: readonly GroupInvite[]): Invite[] | null {
  if (messages.length > limits.invitesPerGroup) return null;
  const invites: Invite[] = [];
  for (const { inviteId, verifyKey, expiresAtMs, needsApproval, singleUse } of messages) {
    const id = idFromBytes<InviteId>(inviteId);
    const last = invites.at(-1);
    if (id === null || (last !== undefined && last.inviteId >= id)) return null;
    if (verifyKey.length !== verifyKeySizeBytes || expiresAtMs > maxTimeMs) return null;
    invites.push({
      inviteId: id,
      verifyKey: verifyKey.slice(),
      expiresAtMs: Number(expiresAtMs),
      needsApproval,
      singleUse,
    });
  }
  return invites;
}
