/**
 * The rules of a conversation, kept by every member for every commit (spec/groups.md, "What a commit may do"). They are
 * judged by the policies and the trees before and after it; what the commit says of itself is only compared with that.
 * The same rules are asked of a commit of one's own before it leaves.
 */
import type { CommitSummary, Extension, Member } from '@sotto/mls';
import { equalBytes } from '@sotto/primitives';
import { type AccountId, type ConversationId, type DeviceId, idFromBytes } from '@sotto/protocol';
import { type Authenticated, readAuthenticated } from './commitMarks.ts';
import { readIdentity } from './conversationGroup.ts';
import { checkJoinProof, type JudgedAt } from './joinProof.ts';
import { checkDistinct, checkMember, haveChains } from './memberIdentity.ts';
import { readPolicy, sameExtensions } from './policy.ts';
import { isPolicyChangeAlone, type JudgedChange, judgePolicyChange, noChange } from './policyChange.ts';
import type { GroupEvent, Policy, PolicyChange } from './policyTypes.ts';
import { groupRefused } from './refusals.ts';
import { isMember } from './roles.ts';
import type { CryptoContext, DeviceRef, Directory, GroupRefusal } from './types.ts';

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
  /** When the server says that it accepted it: what expires is judged by that too. Left out: now. */
  readonly acceptedAtMs?: number | undefined;
}

export interface AllowedCommit {
  readonly kind: 'allowed';
  readonly by: DeviceRef;
  readonly joined: readonly DeviceRef[];
  readonly left: readonly DeviceRef[];
  readonly policyChange: PolicyChange | null;
  readonly groupEvents: readonly GroupEvent[];
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
  const { before, after, summary } = commit;
  const { committer } = summary;
  const committerLeaf = committer.kind === 'member' ? committer.before : committer.joiner;
  const by = deviceOf(committerLeaf);
  if (by === null) return groupRefused('invalid_credential', { credential: 'malformed' });
  const wrongContent = checkContents(commit);
  if (wrongContent !== null) return wrongContent;
  const brought = readAuthenticated(summary.authenticatedData);
  if (brought === null) return groupRefused('malformed');
  const policy = policyAfter(commit);
  if ('reason' in policy) return policy;
  const change = await judgeChange(context, commit, by, policy, brought);
  if (change.kind === 'refused') return change;

  const changes = after === null ? changesSaid(summary) : changesSeen(before.members, after.members);
  const mismatch = checkSaid(changes, summary, committerLeaf);
  if (mismatch !== null) return mismatch;
  const coming = [...changes.added, ...changes.changed];
  const absent = await haveChains(directory, policy, coming);
  if (absent !== null) return absent;
  for (const member of coming) {
    const checked = await checkMember(context, directory, policy, member, 'listed');
    if (checked.kind === 'refused') return checked;
  }
  // One that the same commit puts back shows in no tree, and has other keys than it chose.
  for (const member of new Set([...changes.removed, ...summary.removed])) {
    const device = deviceOf(member);
    // Its account is no member any more: that was judged.
    if (device === null || !isMember(policy, device.accountId)) continue;
    const seq = brought.marks.get(device.accountId) ?? 0;
    const refusal = await checkRemoval(context, directory, by, member, seq, committer.kind === 'external');
    if (refusal !== null) return refusal;
  }
  const left = after?.members ?? membersSaid(before.members, changes);
  const stays = policy === commit.policy ? undefined : left.find((member) => !isOf(policy, member));
  if (stays !== undefined) return groupRefused('devices_left', deviceBeside(stays));
  const notDistinct = after === null ? null : checkDistinct(after.members);
  if (notDistinct !== null) return notDistinct;
  const there = deviceIds(before.members);
  const still = after === null ? new Set<DeviceId>() : deviceIds(after.members);
  return {
    kind: 'allowed',
    by,
    joined: devicesIn(changes.added).filter(({ deviceId }) => !there.has(deviceId)),
    left: devicesIn(changes.removed).filter(({ deviceId }) => !still.has(deviceId)),
    policyChange: change.policyChange,
    groupEvents: change.groupEvents,
  };
}

/** The policy that is in force after the commit, as far as its extensions are a policy at all. */
function policyAfter({ policy, before, after, summary }: CommitToJudge): Policy | GroupRefusal {
  const { extensions } = summary;
  if (extensions === null) {
    const stay = after === null || sameExtensions(before.extensions, after.extensions);
    return stay ? policy : groupRefused('policy_changed');
  }
  const isAllowed = policy.kind === 'group' || (after !== null && isPolicyChangeAlone(summary));
  if (!isAllowed) return groupRefused('not_allowed_proposal');
  if (after !== null && !sameExtensions(extensions.after, after.extensions)) {
    return groupRefused('policy_changed');
  }
  const read = readPolicy(extensions.after);
  return typeof read === 'string' ? groupRefused(read) : read.policy;
}

/** What the commit changes of the policy, where the committer's account may; and whom links let in. */
async function judgeChange(
  context: CryptoContext,
  { policy: before, summary, acceptedAtMs }: CommitToJudge,
  by: DeviceRef,
  after: Policy,
  { proofs }: Authenticated,
): Promise<JudgedChange | GroupRefusal> {
  if (summary.extensions === null) {
    return proofs.length === 0 ? noChange : groupRefused('invalid_join_proof');
  }
  if (summary.committer.kind === 'external') return groupRefused('not_allowed_proposal');
  const judged = judgePolicyChange(before, after, by.accountId, proofs);
  if (judged.kind === 'refused' || before.kind !== 'group') return judged;
  const conversationId = idFromBytes<ConversationId>(summary.groupId);
  if (conversationId === null) return groupRefused('wrong_conversation');
  const at = judgedAt(context.nowMs, acceptedAtMs);
  for (const proof of proofs) {
    // Known: it was looked up when the change was judged.
    const invite = before.invites.find(({ inviteId }) => inviteId === proof.inviteId)!;
    const refusal = await checkJoinProof(context.provider, invite, conversationId, proof, at);
    if (refusal !== null) return refusal;
  }
  return judged;
}

/**
 * Who reads a commit late judges what expires by the time at which the server accepted it, else every device that was
 * away for longer than a link lasted would refuse what all others took.
 */
function judgedAt(nowMs: number, acceptedAtMs = nowMs): JudgedAt {
  return { fromMs: Math.min(nowMs, acceptedAtMs), toMs: Math.max(nowMs, acceptedAtMs) };
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
  const earlier = byLeaf(before);
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
  const added = byLeaf(said.added);
  const removed = byLeaf(said.removed);
  const isSaid = (member: Member, among: ReadonlyMap<number, Member>) => {
    const other = among.get(member.leafIndex);
    return other !== undefined && isSameIdentity(other, member);
  };
  const isUnsaid =
    changes.added.some((member) => !isSaid(member, added)) ||
    changes.removed.some((member) => !isSaid(member, removed)) ||
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

/** Who is there after a commit that this device is removed by, as far as the commit says. */
function membersSaid(before: readonly Member[], { added, removed }: TreeChanges): Member[] {
  const gone = byLeaf(removed);
  return [...before.filter(({ leafIndex }) => !gone.has(leafIndex)), ...added];
}

function isOf(policy: Policy, member: Member): boolean {
  const device = deviceOf(member);
  return device !== null && isMember(policy, device.accountId);
}

function deviceBeside(member: Member): { readonly device?: DeviceRef } {
  const device = deviceOf(member);
  return device === null ? {} : { device };
}

function deviceIds(members: readonly Member[]): Set<DeviceId> {
  return new Set(devicesIn(members).map(({ deviceId }) => deviceId));
}

function byLeaf(members: readonly Member[]): Map<number, Member> {
  return new Map(members.map((member) => [member.leafIndex, member]));
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
