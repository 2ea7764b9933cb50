/** A CommitAppend from the wire, checked for sizes and ids; what it does to the members is the store's to check. */
import {
  type AccountId,
  type CommitAppend,
  type ConversationId,
  type DepositEntry,
  type DeviceId,
  idFromBytes,
  limits,
  type MemberDevice,
} from '@sotto/protocol';
import { refuseTooLarge, refuseTooMany } from '../methods/sizes.ts';
import { done, type Outcome, refused } from '../outcome.ts';
import type { AccountJoinRecord, CommitDraft, DepositRecord, MemberDeviceId } from '../store/store.ts';

export function decodeCommit(
  append: CommitAppend,
): Outcome<CommitDraft, 'malformed' | 'too_large' | 'too_many'> {
  const { entry, groupInfo, ratchetTree, welcomeEnd } = append;
  if (entry === undefined || entry.commit.length === 0) return refused('malformed');
  const refusal =
    refuseTooLarge(
      [entry.commit, limits.commitSizeBytes],
      [entry.note, limits.noteSizeBytes],
      [groupInfo, limits.groupInfoSizeBytes],
      [ratchetTree, limits.ratchetTreeSizeBytes],
      [welcomeEnd, limits.welcomeSizeBytes],
      ...append.welcomes.map(
        ({ welcome }) => [welcome, limits.welcomeSizeBytes - welcomeEnd.length] as const,
      ),
    ) ??
    refuseTooMany(entry.added, limits.devicesPerConversation) ??
    refuseTooMany(entry.removed, limits.devicesPerConversation) ??
    refuseTooMany(append.welcomes, limits.devicesPerConversation) ??
    refuseTooMany(entry.accountsAdded, limits.accountsPerConversation) ??
    refuseTooMany(entry.accountsRemoved, limits.accountsPerConversation) ??
    refuseTooMany(append.deposits, limits.depositsPerRequest);
  if (refusal !== null) return refusal;
  const added = decodeMembers(entry.added);
  const removed = decodeMembers(entry.removed);
  if (added === null || removed === null) return refused('malformed');
  const welcomes: { deviceId: DeviceId; welcome: Uint8Array }[] = [];
  for (const { deviceId: bytes, welcome } of append.welcomes) {
    const deviceId = idFromBytes<DeviceId>(bytes);
    if (deviceId === null || welcome.length + welcomeEnd.length === 0) return refused('malformed');
    welcomes.push({ deviceId, welcome });
  }
  const deposits: { accountId: AccountId; deposit: DepositRecord }[] = [];
  for (const { accountId: bytes, deposit: sent } of append.deposits) {
    const accountId = idFromBytes<AccountId>(bytes);
    const deposit = sent === undefined ? null : decodeDeposit(sent);
    if (accountId === null || deposit === null) return refused('malformed');
    deposits.push({ accountId, deposit });
  }
  const accountsAdded: AccountJoinRecord[] = [];
  for (const { accountId: bytes, readsFromStart } of entry.accountsAdded) {
    const accountId = idFromBytes<AccountId>(bytes);
    if (accountId === null) return refused('malformed');
    accountsAdded.push({ accountId, readsFromStart });
  }
  const accountsRemoved: AccountId[] = [];
  for (const bytes of entry.accountsRemoved) {
    const accountId = idFromBytes<AccountId>(bytes);
    if (accountId === null) return refused('malformed');
    accountsRemoved.push(accountId);
  }
  const { commit, external, note } = entry;
  const devices = { added, removed, welcomes, welcomeEnd };
  const accounts = { accountsAdded, accountsRemoved };
  return done({ commit, external, note, ...devices, ...accounts, groupInfo, ratchetTree, deposits });
}

/** Null where its parts are not there or too large. What it is good for, its recipient finds out. */
export function decodeDeposit(deposit: DepositEntry): DepositRecord | null {
  const { conversationId, epoch, firstEpoch, enc, sealed, signature } = deposit;
  const record = {
    conversationId,
    epoch,
    ...(firstEpoch === 0n ? {} : { firstEpoch }),
    enc,
    sealed,
    signature,
  };
  const sizeBytes = depositSizeBytes(record);
  const isSound =
    firstEpoch <= epoch &&
    idFromBytes<ConversationId>(conversationId) !== null &&
    enc.length > 0 &&
    sealed.length > 0 &&
    signature.length > 0 &&
    sizeBytes <= limits.depositSizeBytes;
  return isSound ? record : null;
}

/** What the store will hold for a commit: tree and note once more for all Welcomes, and the deposits. */
export function storedSizeBytes(draft: CommitDraft): number {
  const { commit, note, groupInfo, ratchetTree, welcomes, welcomeEnd, deposits } = draft;
  const inboxes = welcomes.reduce((sum, { welcome }) => sum + welcome.length, welcomeEnd.length);
  const keyrings = deposits.reduce((sum, { deposit }) => sum + depositSizeBytes(deposit), 0);
  return commit.length + groupInfo.length + 2 * (note.length + ratchetTree.length) + inboxes + keyrings;
}

export function depositSizeBytes({ enc, sealed, signature }: DepositRecord): number {
  return enc.length + sealed.length + signature.length;
}

function decodeMembers(members: readonly MemberDevice[]): MemberDeviceId[] | null {
  const decoded: MemberDeviceId[] = [];
  for (const member of members) {
    const accountId = idFromBytes<AccountId>(member.accountId);
    const deviceId = idFromBytes<DeviceId>(member.deviceId);
    if (accountId === null || deviceId === null) return null;
    decoded.push({ accountId, deviceId });
  }
  return decoded;
}
