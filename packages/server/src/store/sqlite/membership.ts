/** Who is in a conversation, and what a commit may do to that (spec/server.md §Conversations). */
import { type AccountId, type ConversationId, type DeviceId, idToBytes, limits } from '@sotto/protocol';
import { refused } from '../../outcome.ts';
import type { AccountJoinRecord, CommitDraft, MemberDeviceId } from '../store.ts';
import type { AccountTables } from './accountTables.ts';

export interface Member {
  readonly device: number;
  readonly accountId: AccountId;
  joinedSeq: number;
  removedSeq: number | null;
}

/** An account reads the entries from `firstSeq`, through `removedSeq` where it was removed. */
export interface MemberAccount {
  readonly firstSeq: number;
  readonly removedSeq: number | null;
}

/** Both with those that were removed. Accounts are members also without a device. */
export interface Membership {
  readonly id: ConversationId;
  readonly isDirect: boolean;
  readonly epoch: number;
  readonly members: ReadonlyMap<DeviceId, Member>;
  readonly accounts: ReadonlyMap<AccountId, MemberAccount>;
}

type Refused = ReturnType<typeof refused<'malformed' | 'too_many' | 'unknown_account'>>;

/** The refusal of a commit whose members, Welcomes or deposits do not fit, or null. */
export function refuseCommit(
  tables: AccountTables,
  conversation: Membership,
  commit: CommitDraft,
): Refused | null {
  return (
    refuseDevices(tables, conversation, commit) ??
    refuseAccounts(tables, conversation, commit) ??
    refuseDeposits(conversation, commit)
  );
}

function refuseDevices(tables: AccountTables, { members }: Membership, commit: CommitDraft): Refused | null {
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
    if (tables.findDevice(deviceId)?.accountId !== accountId) return refused('malformed');
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

function refuseAccounts(
  tables: AccountTables,
  { isDirect, members, accounts }: Membership,
  commit: CommitDraft,
): Refused | null {
  const coming = new Set(commit.accountsAdded.map(({ accountId }) => accountId));
  const going = new Set(commit.accountsRemoved);
  if (coming.size !== commit.accountsAdded.length || going.size !== commit.accountsRemoved.length)
    return refused('malformed');
  if (isDirect && coming.size + going.size > 0) return refused('malformed');
  const isMember = (id: AccountId) => accounts.get(id)?.removedSeq === null;
  for (const id of coming) {
    if (isMember(id)) return refused('malformed');
    if (tables.numberOf(id) === null) return refused('unknown_account');
  }
  for (const id of going) if (!isMember(id)) return refused('malformed');
  for (const { accountId } of commit.added) {
    if (going.has(accountId) || !(isMember(accountId) || coming.has(accountId))) return refused('malformed');
  }
  // An account that leaves takes all of its devices along.
  const removed = new Set(commit.removed.map(({ deviceId }) => deviceId));
  for (const [deviceId, { accountId, removedSeq }] of members) {
    if (removedSeq === null && going.has(accountId) && !removed.has(deviceId)) return refused('malformed');
  }
  const present = presentAccounts(accounts) + coming.size - going.size;
  const limit = limits.accountsPerConversation;
  return present > limit ? refused('too_many', { limit }) : null;
}

/**
 * Deposits are of the epoch that the commit begins, one at most for each account that is in it then; and of earlier
 * ones for accounts that come and read from the start.
 */
function refuseDeposits(
  { id, epoch, accounts }: Membership,
  { deposits, accountsAdded, accountsRemoved }: CommitDraft,
): Refused | null {
  const conversationId = idToBytes(id);
  const coming = new Map(accountsAdded.map((join) => [join.accountId, join.readsFromStart]));
  const going = new Set(accountsRemoved);
  const given = new Set<string>();
  for (const { accountId, deposit } of deposits) {
    const key = `${accountId}/${deposit.epoch}`;
    const isMember = accounts.get(accountId)?.removedSeq === null && !going.has(accountId);
    const isOfNow = deposit.epoch === BigInt(epoch + 1);
    const isOfThen = deposit.epoch <= BigInt(epoch) && coming.get(accountId) === true;
    const isSound =
      Buffer.compare(deposit.conversationId, conversationId) === 0 &&
      (isOfThen || (isOfNow && (isMember || coming.has(accountId)))) &&
      !given.has(key);
    if (!isSound) return refused('malformed');
    given.add(key);
  }
  return null;
}

/** An external commit joins its sender and nobody else; a member that does so replaces its own leaf. */
export function externalCommit(
  { members }: Membership,
  sender: MemberDeviceId,
  commit: CommitDraft,
): CommitDraft {
  const rejoins = members.get(sender.deviceId)?.removedSeq === null;
  const removed = rejoins ? [sender] : [];
  return { ...commit, added: [sender], removed, accountsAdded: [], accountsRemoved: [] };
}

/** In a group, an account that only a device of it is added of comes as well, and reads from there on. */
export function withImpliedAccounts({ isDirect, accounts }: Membership, commit: CommitDraft): CommitDraft {
  if (isDirect) return commit;
  const coming = new Map<AccountId, AccountJoinRecord>();
  for (const { accountId } of commit.added) {
    if (accounts.get(accountId)?.removedSeq !== null)
      coming.set(accountId, { accountId, readsFromStart: false });
  }
  for (const { accountId } of commit.accountsAdded) coming.delete(accountId);
  return coming.size === 0
    ? commit
    : { ...commit, accountsAdded: [...commit.accountsAdded, ...coming.values()] };
}

export function presentAccounts(accounts: Membership['accounts']): number {
  let present = 0;
  for (const { removedSeq } of accounts.values()) if (removedSeq === null) present += 1;
  return present;
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
