/** Who the leaves of a group are (spec/groups.md, "Members"): each one's credential against its account's chain. */
import type { LeafNode, Member } from '@sotto/mls';
import { ChainOperation, type DeviceId, limits } from '@sotto/protocol';
import {
  decodeDeviceCredential,
  type Standing,
  verifyDeviceCredential,
} from '../account/deviceCredential.ts';
import type { VerifiedChain } from '../account/types.ts';
import { readIdentity } from './conversationGroup.ts';
import type { Policy } from './policyTypes.ts';
import { groupRefused } from './refusals.ts';
import { isMember } from './roles.ts';
import type { CryptoContext, DeviceRef, Directory, GroupRefusal } from './types.ts';

/** Checks one leaf: its account is in the policy, and its credential is of a device of that account. */
export async function checkMember(
  context: CryptoContext,
  directory: Directory,
  policy: Policy,
  member: Member,
  standing: Standing,
): Promise<(DeviceRef & { readonly kind: 'checked' }) | GroupRefusal> {
  const identity = readIdentity(member);
  if (identity === null || member.credential.kind !== 'basic') {
    return groupRefused('invalid_credential', { credential: 'malformed' });
  }
  const { accountId, deviceId } = identity;
  const device = { accountId, deviceId };
  if (!isMember(policy, accountId)) return groupRefused('account_not_in_policy', { device });
  const chain = await directory.chainOf(accountId, identity.chainSeq);
  if (chain === null) return groupRefused('chain_unavailable', { device });
  const wasRemovedSince = isRemovedAfter(chain, deviceId, directory.knownSeqOf?.(accountId) ?? chain.seq);
  const verified = await verifyDeviceCredential(
    context,
    member.credential.identity,
    member.signatureKey,
    chain,
    wasRemovedSince ? 'wasListed' : standing,
  );
  if (verified.kind === 'refused') {
    return groupRefused('invalid_credential', { device, credential: verified.reason });
  }
  return { kind: 'checked', ...device };
}

function isRemovedAfter(chain: VerifiedChain, deviceId: DeviceId, seq: number): boolean {
  return chain.events
    .slice(seq + 1)
    .some((event) => event.operation === ChainOperation.REMOVE_DEVICE && event.deviceId === deviceId);
}

/**
 * Asks for the chains of all these leaves before any of them is checked, so that who cannot be had yet is known at once
 * and not one after another: of a thousand strangers that would be a thousand tries.
 */
export async function haveChains(
  directory: Directory,
  policy: Policy,
  members: readonly Member[],
): Promise<GroupRefusal | null> {
  const asked = members.flatMap((member) => {
    const identity = readIdentity(member);
    return identity !== null && isMember(policy, identity.accountId) ? [identity] : [];
  });
  const chains = await Promise.all(
    asked.map(({ accountId, chainSeq }) => directory.chainOf(accountId, chainSeq)),
  );
  const absent = asked[chains.indexOf(null)];
  if (absent === undefined) return null;
  const { accountId, deviceId } = absent;
  return groupRefused('chain_unavailable', { device: { accountId, deviceId } });
}

/**
 * Checks all leaves of a group that this device is about to join. One whose device has left its account's chain
 * may still be there: it is for a later commit to take out.
 */
export async function checkRoster(
  context: CryptoContext,
  directory: Directory,
  policy: Policy,
  members: readonly Member[],
): Promise<GroupRefusal | null> {
  const notDistinct = checkDistinct(members);
  if (notDistinct !== null) return notDistinct;
  const absent = await haveChains(directory, policy, members);
  if (absent !== null) return absent;
  for (const member of members) {
    const checked = await checkMember(context, directory, policy, member, 'wasListed');
    if (checked.kind === 'refused') return checked;
  }
  return null;
}

/** Each device has one leaf, and there are not too many. */
export function checkDistinct(members: readonly Member[]): GroupRefusal | null {
  if (members.length > limits.devicesPerConversation) return groupRefused('too_many_devices');
  const seen = new Set<string>();
  for (const member of members) {
    const identity = readIdentity(member);
    if (identity === null) return groupRefused('invalid_credential', { credential: 'malformed' });
    const { accountId, deviceId } = identity;
    if (seen.has(deviceId)) return groupRefused('duplicate_device', { device: { accountId, deviceId } });
    seen.add(deviceId);
  }
  return null;
}

/** Whether two leaves are of one device: what the engine asks before one takes the other's place. */
export function isSameDevice(before: LeafNode, after: LeafNode): boolean {
  if (before.credential.kind !== 'basic' || after.credential.kind !== 'basic') return false;
  const one = decodeDeviceCredential(before.credential.identity);
  const other = decodeDeviceCredential(after.credential.identity);
  return (
    one !== null && other !== null && one.accountId === other.accountId && one.deviceId === other.deviceId
  );
}
