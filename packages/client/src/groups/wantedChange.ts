/** What a wish about a group comes to on what the group is now. */
import {
  type ClaimedKeyPackage,
  encodeDetails,
  type GroupChange,
  type GroupPolicy,
  inviteKeys,
  mayDo,
  type Provider,
} from '@sotto/crypto';
import type { AccountId, GroupDetails } from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { WantedChange } from './groupChangeTable.ts';

interface Present {
  readonly policy: GroupPolicy;
  readonly comers: {
    readonly accountIds: readonly AccountId[];
    readonly devices: readonly ClaimedKeyPackage[];
  } | null;
  /** The encoded details, where they are to change. */
  readonly details: Uint8Array | null;
}

/** Null where it is as wished. What the account may not is found out by the group's rules. */
export async function changeFrom(
  { provider, self }: DeviceContext,
  wanted: WantedChange,
  { policy, comers, details }: Present,
): Promise<GroupChange | null> {
  const isIn = (accountId: AccountId) => policy.accountIds.includes(accountId);
  switch (wanted.kind) {
    case 'create':
      return null;
    case 'add': {
      const accountIds = (comers?.accountIds ?? []).filter((id) => !isIn(id));
      if (accountIds.length === 0) return null;
      const devices = (comers?.devices ?? []).filter(({ accountId }) => accountIds.includes(accountId));
      const { proof } = wanted;
      const [accountId] = accountIds;
      if (proof === undefined || accountId === undefined) return { kind: 'add', accountIds, devices };
      const signature = Uint8Array.fromHex(proof.signature);
      return { kind: 'add', accountIds, devices, proofs: [{ ...proof, accountId, signature }] };
    }
    case 'remove':
      if (!isIn(wanted.accountId)) return null;
      return {
        kind: 'remove',
        accountIds: [wanted.accountId],
        revokesInvites: mayDo(policy, self.accountId, 'addMembers'),
      };
    case 'role':
      return roleChange(policy, wanted);
    case 'details':
      return details === null ? null : { kind: 'details', detailsHash: provider.sha256(details) };
    case 'rights': {
      const rights = { ...policy.rights, ...wanted.rights };
      const isSame = Object.entries(rights).every(
        ([name, right]) => policy.rights[name as keyof typeof rights] === right,
      );
      return isSame ? null : { kind: 'rights', rights };
    }
    case 'sharesHistory':
      return policy.sharesHistory === wanted.shares ? null : { kind: 'sharesHistory', shares: wanted.shares };
    case 'invite': {
      const { inviteId, expiresAtMs, needsApproval, singleUse } = wanted;
      if (policy.invites.some((one) => one.inviteId === inviteId)) return null;
      const { verifyKey } = await inviteKeys(provider, Uint8Array.fromHex(wanted.secret));
      return { kind: 'makeInvite', invite: { inviteId, verifyKey, expiresAtMs, needsApproval, singleUse } };
    }
    case 'revoke':
      if (!policy.invites.some(({ inviteId }) => inviteId === wanted.inviteId)) return null;
      return { kind: 'revokeInvite', inviteId: wanted.inviteId };
    case 'leave':
      return policy.leavingIds.includes(self.accountId) ? null : { kind: 'leave' };
    case 'delete':
      return policy.deleted ? null : { kind: 'delete' };
  }
}

function roleChange(
  { ownerId, adminIds }: GroupPolicy,
  { accountId, role }: WantedChange & { readonly kind: 'role' },
): GroupChange | null {
  switch (role) {
    case 'owner':
      return ownerId === accountId ? null : { kind: 'handOver', accountId };
    case 'admin':
      return adminIds.includes(accountId) ? null : { kind: 'promote', accountId };
    case 'member':
      return adminIds.includes(accountId) || accountId === ownerId ? { kind: 'demote', accountId } : null;
  }
}

/** Encoded anew; null where they are as wished. */
export function encodedDetailsOf(
  provider: Provider,
  wanted: WantedChange & { readonly kind: 'details' },
  known: GroupDetails | null,
): Uint8Array | null {
  const before = {
    name: known?.name ?? '',
    photo: known?.photo ?? new Uint8Array(0),
    description: known?.description ?? '',
  };
  const name = wanted.name ?? before.name;
  const photo = wanted.photo === undefined ? before.photo : Uint8Array.fromHex(wanted.photo);
  const description = wanted.description ?? before.description;
  const isSame =
    name === before.name && description === before.description && photo.toHex() === before.photo.toHex();
  // Of a group whose name is not known nothing but its name can be changed.
  return isSame || name === '' ? null : encodeDetails(provider, { name, photo, description }).encoded;
}
