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
import type { CommitDraft, DepositRecord, MemberDeviceId } from '../store/store.ts';

export function decodeCommit(
  append: CommitAppend,
): Outcome<CommitDraft, 'malformed' | 'too_large' | 'too_many'> {
  const { entry, groupInfo, ratchetTree } = append;
  if (entry === undefined || entry.commit.length === 0) return refused('malformed');
  const refusal =
    refuseTooLarge(
      [entry.commit, limits.commitSizeBytes],
      [groupInfo, limits.groupInfoSizeBytes],
      [ratchetTree, limits.ratchetTreeSizeBytes],
      ...append.welcomes.map(({ welcome }) => [welcome, limits.welcomeSizeBytes] as const),
    ) ??
    refuseTooMany(entry.added, limits.devicesPerConversation) ??
    refuseTooMany(entry.removed, limits.devicesPerConversation) ??
    refuseTooMany(append.welcomes, limits.devicesPerConversation) ??
    refuseTooMany(append.deposits, limits.depositsPerRequest);
  if (refusal !== null) return refusal;
  const added = decodeMembers(entry.added);
  const removed = decodeMembers(entry.removed);
  if (added === null || removed === null) return refused('malformed');
  const welcomes: { deviceId: DeviceId; welcome: Uint8Array }[] = [];
  for (const { deviceId: bytes, welcome } of append.welcomes) {
    const deviceId = idFromBytes<DeviceId>(bytes);
    if (deviceId === null || welcome.length === 0) return refused('malformed');
    welcomes.push({ deviceId, welcome });
  }
  const deposits: { accountId: AccountId; deposit: DepositRecord }[] = [];
  for (const { accountId: bytes, deposit: sent } of append.deposits) {
    const accountId = idFromBytes<AccountId>(bytes);
    const deposit = sent === undefined ? null : decodeDeposit(sent);
    if (accountId === null || deposit === null) return refused('malformed');
    deposits.push({ accountId, deposit });
  }
  const { commit, external } = entry;
  return done({ commit, external, added, removed, groupInfo, ratchetTree, welcomes, deposits });
}

/** Null where its parts are not there or too large. What it is good for, its recipient finds out. */
export function decodeDeposit(deposit: DepositEntry): DepositRecord | null {
  const { conversationId, epoch, enc, sealed, signature } = deposit;
  const sizeBytes = depositSizeBytes({ conversationId, epoch, enc, sealed, signature });
  const isSound =
    idFromBytes<ConversationId>(conversationId) !== null &&
    enc.length > 0 &&
    sealed.length > 0 &&
    signature.length > 0 &&
    sizeBytes <= limits.depositSizeBytes;
  return isSound ? { conversationId, epoch, enc, sealed, signature } : null;
}

/** What the store will hold for a commit: the tree once, and again with each Welcome; and the deposits. */
export function storedSizeBytes({ commit, groupInfo, ratchetTree, welcomes, deposits }: CommitDraft): number {
  const inboxes = welcomes.reduce((sum, { welcome }) => sum + welcome.length + ratchetTree.length, 0);
  const keyrings = deposits.reduce((sum, { deposit }) => sum + depositSizeBytes(deposit), 0);
  return commit.length + groupInfo.length + ratchetTree.length + inboxes + keyrings;
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
