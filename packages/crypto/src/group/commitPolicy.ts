/**
 * The rules of a direct conversation, kept by every member for every commit (spec/groups.md, "What a commit may
 * do"). They are judged by the trees before and after it; what the commit says of itself is only compared with
 * that. The same rules are asked of a commit of one's own before it leaves.
 */
import type { CommitSummary, Extension, Member } from '@sotto/mls';
import { equalBytes } from '@sotto/primitives';
import type { AccountId } from '@sotto/protocol';
import { decodeMarks } from './commitMarks.ts';
import { readIdentity } from './conversationGroup.ts';
import { checkDistinct, checkMember } from './memberIdentity.ts';
import { readPolicy, sameExtensions } from './policy.ts';
import { isPolicyChangeAlone, judgePolicyChange } from './policyChange.ts';
import { groupRefused } from './refusals.ts';
import type { CryptoContext, DeviceRef, Directory, GroupRefusal, Policy, PolicyChange } from './types.ts';

/** A group's public side at one moment. */
interface GroupView {
  readonly members: readonly Member[];
  readonly extensions: readonly Extension[];
}

export interface CommitToJudge {
  readonly policy: Policy;
  readonly before: GroupView;
  /** Null for a member that the commit removes: it cannot know more than the commit says. */
  readonly after: GroupView | null;
  readonly summary: CommitSummary;
}

export interface AllowedCommit {
  readonly kind: 'allowed';
  readonly by: DeviceRef;
  readonly joined: readonly DeviceRef[];
  readonly left: readonly DeviceRef[];
  readonly policyChange: PolicyChange | null;
}

/** Leaves that differ between two trees; a slot with another device in it counts on both sides. */
interface TreeChanges {
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
  /** The same device with another credential or key. */
  readonly changed: readonly Member[];
}

export async function judgeCommit(
  context: CryptoContext,
  directory: Directory,
  commit: CommitToJudge,
): Promise<AllowedCommit | GroupRefusal> {
  const { policy, before, after, summary } = commit;
  const { committer } = summary;
  const committerLeaf = committer.kind === 'member' ? committer.before : committer.joiner;
  const by = deviceOf(committerLeaf);
  if (by === null) return groupRefused('invalid_credential', { credential: 'malformed' });
  const wrongContent = checkContents(commit);
  if (wrongContent !== null) return wrongContent;
  const policyChange = judgeExtensions(commit, by);
  if (policyChange?.kind === 'refused') return policyChange;

  const changes = after === null ? changesSaid(summary) : changesSeen(before.members, after.members);
  const mismatch = checkSaid(changes, summary, committerLeaf);
  if (mismatch !== null) return mismatch;
  for (const member of [...changes.added, ...changes.changed]) {
    const checked = await checkMember(context, directory, policy, member, 'listed');
    if (checked.kind === 'refused') return checked;
  }
  const marks = decodeMarks(summary.authenticatedData);
  if (marks === null) return groupRefused('malformed');
  for (const member of changes.removed) {
    const seq = marks.get(deviceOf(member)?.accountId ?? by.accountId) ?? 0;
    const refusal = await checkRemoval(context, directory, by, member, seq, committer.kind === 'external');
    if (refusal !== null) return refusal;
  }
  const notDistinct = after === null ? null : checkDistinct(after.members);
  if (notDistinct !== null) return notDistinct;
  return {
    kind: 'allowed',
    by,
    joined: devicesIn(changes.added).filter((device) => !has(before.members, device)),
    left: devicesIn(changes.removed).filter((device) => after === null || !has(after.members, device)),
    policyChange,
  };
}

/** The group context's extensions stay, or one change of the policy is all that the commit does. */
function judgeExtensions(
  { policy, before, after, summary }: CommitToJudge,
  by: DeviceRef,
): PolicyChange | GroupRefusal | null {
  if (summary.extensions === null) {
    const stay = after === null || sameExtensions(before.extensions, after.extensions);
    return stay ? null : groupRefused('policy_changed');
  }
  if (after === null || !isPolicyChangeAlone(summary)) return groupRefused('not_allowed_proposal');
  if (!sameExtensions(summary.extensions.after, after.extensions)) return groupRefused('policy_changed');
  const read = readPolicy(after.extensions);
  return typeof read === 'string' ? groupRefused(read) : judgePolicyChange(policy, read.policy, by.accountId);
}

/** What a commit may contain at all, whoever makes it. */
function checkContents({ summary }: CommitToJudge): GroupRefusal | null {
  if (summary.reInit !== null || summary.psks.length > 0) return groupRefused('not_allowed_proposal');
  // A commit without a path would leave the committer's keys, and with a removal the removed one's, in use.
  // Only the one that founds the group may do so: all it does is add, and its maker's keys are new.
  const isFounding = summary.fromEpoch === 0n && summary.removed.length === 0 && summary.added.length > 0;
  if (!summary.hasPath && !isFounding) return groupRefused('path_required');
  return null;
}

function changesSeen(before: readonly Member[], after: readonly Member[]): TreeChanges {
  const added: Member[] = [];
  const removed: Member[] = [];
  const changed: Member[] = [];
  const earlier = new Map(before.map((member) => [member.leafIndex, member]));
  for (const member of after) {
    const previous = earlier.get(member.leafIndex);
    earlier.delete(member.leafIndex);
    if (previous === undefined) added.push(member);
    else if (!isSameIdentity(previous, member)) {
      if (isSame(deviceOf(previous), deviceOf(member))) changed.push(member);
      else {
        removed.push(previous);
        added.push(member);
      }
    }
  }
  removed.push(...earlier.values());
  return { added, removed, changed };
}

function changesSaid(summary: CommitSummary): TreeChanges {
  const joiner = summary.committer.kind === 'external' ? [summary.committer.joiner] : [];
  return { added: [...summary.added, ...joiner], removed: summary.removed, changed: [] };
}

/**
 * The trees changed where the commit says, and nowhere else: no leaf came but by an Add (or as the joiner), none
 * went but by a Remove, and none but the committer's own has other credentials.
 */
function checkSaid(changes: TreeChanges, summary: CommitSummary, committerLeaf: Member): GroupRefusal | null {
  const said = changesSaid(summary);
  const isSaid = (member: Member, among: readonly Member[]) =>
    among.some((other) => other.leafIndex === member.leafIndex && isSameIdentity(other, member));
  const isUnsaid =
    changes.added.some((member) => !isSaid(member, said.added)) ||
    changes.removed.some((member) => !isSaid(member, said.removed)) ||
    changes.changed.some((member) => member.leafIndex !== committerLeaf.leafIndex);
  return isUnsaid ? groupRefused('credential_changed') : null;
}

/** One removes devices of one's own account, and another's only when its chain has dropped them. */
async function checkRemoval(
  context: CryptoContext,
  directory: Directory,
  by: DeviceRef,
  member: Member,
  markedSeq: number,
  isExternal: boolean,
): Promise<GroupRefusal | null> {
  const device = deviceOf(member);
  if (device === null) return null;
  if (isExternal) return isSame(device, by) ? null : groupRefused('not_allowed_to_remove', { device });
  if (device.accountId === by.accountId) return null;
  const chain = await directory.chainOf(device.accountId, markedSeq);
  if (chain === null) return groupRefused('chain_unavailable', { device });
  const listed = chain.devices.get(device.deviceId);
  const isLive =
    listed !== undefined &&
    equalBytes(listed.signatureKey, member.signatureKey) &&
    (listed.notAfterMs === null || listed.notAfterMs >= context.nowMs);
  return isLive ? groupRefused('not_allowed_to_remove', { device }) : null;
}

/** Chain entries to mark in a commit of this account that removes `members`. */
export async function marksFor(
  directory: Directory,
  ownAccount: AccountId,
  members: readonly Member[],
): Promise<Map<AccountId, number> | GroupRefusal> {
  const marks = new Map<AccountId, number>();
  for (const device of devicesIn(members)) {
    if (device.accountId === ownAccount || marks.has(device.accountId)) continue;
    const chain = await directory.chainOf(device.accountId, 0);
    if (chain === null) return groupRefused('chain_unavailable', { device });
    marks.set(device.accountId, chain.seq);
  }
  return marks;
}

export function deviceOf(member: Member): DeviceRef | null {
  const identity = readIdentity(member);
  return identity && { accountId: identity.accountId, deviceId: identity.deviceId };
}

export function devicesIn(members: readonly Member[]): DeviceRef[] {
  return members.map(deviceOf).filter((device) => device !== null);
}

function has(members: readonly Member[], device: DeviceRef): boolean {
  return members.some((member) => isSame(deviceOf(member), device));
}

function isSame(one: DeviceRef | null, other: DeviceRef | null): boolean {
  return (
    one !== null && other !== null && one.accountId === other.accountId && one.deviceId === other.deviceId
  );
}

function isSameIdentity(one: Member, other: Member): boolean {
  return (
    one.credential.kind === 'basic' &&
    other.credential.kind === 'basic' &&
    equalBytes(one.credential.identity, other.credential.identity) &&
    equalBytes(one.signatureKey, other.signatureKey)
  );
}
