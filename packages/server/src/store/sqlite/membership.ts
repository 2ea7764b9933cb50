/** Who is in a conversation, and what a commit may do to that (spec/server.md §Conversations). */
import { type AccountId, type ConversationId, type DeviceId, idToBytes, limits } from '@sotto/protocol';
import { refused } from '../../outcome.ts';
import type { CommitDraft, MemberDeviceId } from '../store.ts';
import type { AccountTables } from './accountTables.ts';

export interface Member {
  readonly device: number;
  readonly accountId: AccountId;
  joinedSeq: number;
  removedSeq: number | null;
}

/** Present ones and removed ones. */
type Members = ReadonlyMap<DeviceId, Member>;

/**
 * The refusal of a commit whose members or Welcomes do not fit, or null. `allowed`: whose devices may be added; null:
 * anybody's.
 */
export function refuseCommit(
  accounts: AccountTables,
  members: Members,
  allowed: ReadonlySet<AccountId> | null,
  commit: CommitDraft,
): ReturnType<typeof refused<'malformed' | 'too_many'>> | null {
  const isMember = (id: DeviceId) => members.get(id)?.removedSeq === null;
  const removed = new Set(commit.removed.map(({ deviceId }) => deviceId));
  const added = new Set(commit.added.map(({ deviceId }) => deviceId));
  const welcomed = new Set(commit.welcomes.map(({ deviceId }) => deviceId));
  if (removed.size !== commit.removed.length || added.size !== commit.added.length)
    return refused('malformed');
  for (const { deviceId, accountId } of commit.removed) {
    if (!isMember(deviceId) || members.get(deviceId)?.accountId !== accountId) return refused('malformed');
  }
  for (const { deviceId, accountId } of commit.added) {
    if (isMember(deviceId) && !removed.has(deviceId)) return refused('malformed');
    if (accounts.findDevice(deviceId)?.accountId !== accountId) return refused('malformed');
    if (allowed?.has(accountId) === false) return refused('malformed');
  }
  const expected = commit.external ? new Set<DeviceId>() : added;
  if (welcomed.size !== commit.welcomes.length || welcomed.symmetricDifference(expected).size > 0) {
    return refused('malformed');
  }
  let present = added.size - removed.size;
  for (const member of members.values()) if (member.removedSeq === null) present += 1;
  const limit = limits.devicesPerConversation;
  return present > limit ? refused('too_many', { limit }) : null;
}

/** An external commit joins its sender and nobody else; a member that does so replaces its own leaf. */
export function externalCommit(members: Members, sender: MemberDeviceId, commit: CommitDraft): CommitDraft {
  const rejoins = members.get(sender.deviceId)?.removedSeq === null;
  return { ...commit, added: [sender], removed: rejoins ? [sender] : [] };
}

/** Deposits are of the epoch that the commit begins, one at most for each account that is in it then. */
export function refuseDeposits(
  { id, epoch }: { readonly id: ConversationId; readonly epoch: number },
  accounts: ReadonlySet<AccountId>,
  { deposits }: CommitDraft,
): ReturnType<typeof refused<'malformed'>> | null {
  const conversationId = idToBytes(id);
  const recipients = new Set<AccountId>();
  for (const { accountId, deposit } of deposits) {
    const isSound =
      deposit.epoch === BigInt(epoch + 1) &&
      Buffer.compare(deposit.conversationId, conversationId) === 0 &&
      accounts.has(accountId) &&
      !recipients.has(accountId);
    if (!isSound) return refused('malformed');
    recipients.add(accountId);
  }
  return null;
}

/** Accounts that are in the conversation once the commit is in force. */
export function accountsAfter(
  members: Members,
  direct: ReadonlySet<AccountId> | null,
  commit: CommitDraft,
): ReadonlySet<AccountId> {
  const removed = new Set(commit.removed.map(({ deviceId }) => deviceId));
  const accounts = new Set([...(direct ?? []), ...commit.added.map(({ accountId }) => accountId)]);
  for (const [deviceId, { accountId, removedSeq }] of members) {
    if (removedSeq === null && !removed.has(deviceId)) accounts.add(accountId);
  }
  return accounts;
}

/** `direct`: who stays in the conversation also without a device. */
export function hasAccount(
  members: Members,
  direct: ReadonlySet<AccountId> | null,
  accountId: AccountId,
): boolean {
  if (direct?.has(accountId) === true) return true;
  for (const member of members.values()) {
    if (member.accountId === accountId && member.removedSeq === null) return true;
  }
  return false;
}

export function encodeMember({ accountId, deviceId }: MemberDeviceId) {
  return { accountId: idToBytes(accountId), deviceId: idToBytes(deviceId) };
}

/** The same for both orders of the two; null for a group. */
export function directPair(accountIds: readonly AccountId[]): Uint8Array | null {
  const [first, second = first] = [...accountIds].sort();
  return first === undefined || second === undefined
    ? null
    : Buffer.concat([idToBytes(first), idToBytes(second)]);
}

/** The accounts of a direct pair. */
export function accountsIn(pair: Uint8Array | null): ReadonlySet<AccountId> | null {
  if (pair === null) return null;
  const half = pair.length / 2;
  return new Set([pair.subarray(0, half).toHex() as AccountId, pair.subarray(half).toHex() as AccountId]);
}
