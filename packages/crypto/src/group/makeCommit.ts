/** Own commits of a member, judged like those of others before they leave (spec/groups.md, "What a commit may do"). */
import { commit, type Member, type ProposalInput, roster } from '@sotto/mls';
import type { CipherSuite } from '@sotto/primitives';
import type { DeviceId } from '@sotto/protocol';
import { encodeMarks } from './commitMarks.ts';
import { deviceOf, judgeCommit, marksFor } from './commitPolicy.ts';
import { checkClaimed, maxLifetimeSeconds } from './keyPackages.ts';
import { isSameDevice } from './memberIdentity.ts';
import { type Invited, pendingCommitOf } from './pendingCommit.ts';
import { groupExtensions } from './policy.ts';
import type { JoinProof, Policy } from './policyTypes.ts';
import { fromMls, groupRefused } from './refusals.ts';
import { isMember } from './roles.ts';

import type {
  ClaimedKeyPackage,
  ConversationGroup,
  CryptoContext,
  Directory,
  GroupRefusal,
  PendingCommit,
  Self,
} from './types.ts';

export interface CommitChanges {
  readonly add: readonly ClaimedKeyPackage[];
  readonly remove: readonly DeviceId[];
  /** The group's policy from the new epoch on; null: it stays. */
  readonly policy: Policy | null;
  /** Of accounts that come by a link. */
  readonly proofs: readonly JoinProof[];
  /** The first commit of a group that nobody else has seen: it need not renew the committer's keys. */
  readonly isFounding: boolean;
}

export async function makeCommit(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  changes: CommitChanges,
  directory: Directory,
): Promise<PendingCommit | GroupRefusal> {
  const { state } = group;
  const policy = changes.policy ?? group.policy;
  const before = roster(state);
  const leaving = leavesOf(before, changes.remove);
  if (!Array.isArray(leaving)) return leaving;
  // Devices of accounts that go with the policy need no mark.
  const marked = leaving.filter((member) => isMember(policy, deviceOf(member)!.accountId));
  const marks = await marksFor(directory, self.accountId, marked);
  if ('kind' in marks) return marks;
  const added = await addProposals(context, state.suite, directory, policy, changes.add);
  if ('kind' in added) return added;
  const made = await commit(state, self.signingKey, {
    proposals: [
      ...leaving.map(({ leafIndex }): ProposalInput => ({ kind: 'remove', leafIndex })),
      ...added.proposals,
      ...extensionProposals(changes.policy),
    ],
    nowMs: context.nowMs,
    maxLifetimeSeconds,
    isSuccessor: isSameDevice,
    authenticatedData: encodeMarks(marks, changes.proofs),
    path: changes.isFounding ? 'ifRequired' : 'always',
    leaf: { credential: { kind: 'basic', identity: self.credential } },
  });
  if (made.kind === 'refused') return fromMls(made.reason);
  const { extensions } = state.groupContext;
  const verdict = await judgeCommit(context, directory, {
    policy: group.policy,
    before: { members: before, extensions },
    after: { members: roster(made.nextState), extensions: made.nextState.groupContext.extensions },
    summary: made.summary,
  });
  if (verdict.kind === 'refused') return verdict;
  return pendingCommitOf(made, changes.isFounding ? null : group, added.invited);
}

function extensionProposals(policy: Policy | null): ProposalInput[] {
  return policy === null ? [] : [{ kind: 'groupContextExtensions', extensions: groupExtensions(policy) }];
}

/** The leaves of these devices. */
function leavesOf(members: readonly Member[], devices: readonly DeviceId[]): Member[] | GroupRefusal {
  const leaves: Member[] = [];
  const byDevice = new Map(members.map((member) => [deviceOf(member)?.deviceId, member]));
  for (const deviceId of new Set(devices)) {
    const leaf = byDevice.get(deviceId);
    if (leaf === undefined) return groupRefused('not_a_member');
    leaves.push(leaf);
  }
  return leaves;
}

async function addProposals(
  context: CryptoContext,
  suite: CipherSuite,
  directory: Directory,
  policy: Policy,
  members: readonly ClaimedKeyPackage[],
): Promise<{ readonly proposals: ProposalInput[]; readonly invited: Invited[] } | GroupRefusal> {
  const proposals: ProposalInput[] = [];
  const invited: Invited[] = [];
  const devices = new Set<DeviceId>();
  const references = new Set<string>();
  for (const claimed of members) {
    const keyPackage = await checkClaimed(context, suite, directory, policy, claimed);
    if (keyPackage.kind === 'refused') return keyPackage;
    const { accountId, deviceId } = claimed;
    const { reference } = keyPackage;
    if (devices.has(deviceId) || references.has(reference.toHex())) {
      return groupRefused('duplicate_device', { device: { accountId, deviceId } });
    }
    devices.add(deviceId);
    references.add(reference.toHex());
    proposals.push({ kind: 'add', keyPackage });
    invited.push({ deviceId, reference });
  }
  return { proposals, invited };
}
