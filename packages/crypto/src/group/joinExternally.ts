/** Joining by one's own commit (spec/groups.md, "Joining by oneself"): new devices, and healing. */
import { externalJoin, roster, type VerifiedGroupInfo, verifyGroupInfo } from '@sotto/mls';
import { idFromBytes, limits } from '@sotto/protocol';
import { deviceOf, judgeCommit } from './commitPolicy.ts';
import { decodeSuite } from './conversationGroup.ts';
import { maxLifetimeSeconds } from './keyPackages.ts';
import { checkRoster, isSameDevice } from './memberIdentity.ts';
import { pendingCommitOf } from './pendingCommit.ts';
import { memberCapabilities, readPolicy } from './policy.ts';
import { checkPolicyOnJoin } from './policyChange.ts';
import type { Policy } from './policyTypes.ts';
import { fromMls, groupRefused } from './refusals.ts';
import type {
  CryptoContext,
  Directory,
  ExternalJoinOptions,
  GroupRefusal,
  PendingCommit,
  Self,
} from './types.ts';

/** MLSMessage: version ‖ wire_format ‖ GroupInfo, which begins with GroupContext: version ‖ cipher_suite. */
const suiteOffset = 6;

/** Where this device is in the group already, its old leaf goes in the same commit. */
export async function joinExternally(
  context: CryptoContext,
  self: Self,
  options: ExternalJoinOptions,
  directory: Directory,
): Promise<PendingCommit | GroupRefusal> {
  const { groupInfo, ratchetTree } = options;
  if (groupInfo.length > limits.groupInfoSizeBytes || ratchetTree.length > limits.ratchetTreeSizeBytes) {
    return groupRefused('malformed');
  }
  const id = decodeSuite(context.provider, groupInfo, suiteOffset);
  if (id === null) return groupRefused('unsupported_suite');
  const suite = context.provider.suite(id);
  const verified = await verifyGroupInfo(suite, groupInfo, ratchetTree);
  if (verified.kind === 'refused') return fromMls(verified.reason);
  const policy = await checkGroup(context, self, options, verified, directory);
  if (policy.kind === 'refused') return policy;
  const before = { members: verified.roster, extensions: verified.groupContext.extensions };
  const resync = verified.roster.find((member) => deviceOf(member)?.deviceId === self.deviceId)?.leafIndex;
  const made = await externalJoin(suite, self.signingKey, {
    groupInfo: verified,
    credential: { kind: 'basic', identity: self.credential },
    capabilities: memberCapabilities(suite),
    nowMs: context.nowMs,
    maxLifetimeSeconds,
    isSuccessor: isSameDevice,
    ...(resync === undefined ? {} : { resync }),
  });
  if (made.kind === 'refused') return fromMls(made.reason);
  const { nextState } = made;
  const verdict = await judgeCommit(context, directory, {
    policy,
    before,
    after: { members: roster(nextState), extensions: nextState.groupContext.extensions },
    summary: made.summary,
  });
  return verdict.kind === 'refused' ? verdict : pendingCommitOf(made, null, []);
}

/** The group is the conversation asked for, keeps its rules, and has this account among its members. */
async function checkGroup(
  context: CryptoContext,
  self: Self,
  { conversationId }: ExternalJoinOptions,
  { groupContext, roster: members, signer }: VerifiedGroupInfo,
  directory: Directory,
): Promise<Policy | GroupRefusal> {
  if (idFromBytes(groupContext.groupId) !== conversationId) return groupRefused('wrong_conversation');
  const read = readPolicy(groupContext.extensions);
  if (typeof read === 'string') return groupRefused(read);
  if (!read.policy.accountIds.includes(self.accountId)) return groupRefused('account_not_in_policy');
  const refusal = await checkRoster(context, directory, read.policy, members);
  if (refusal !== null) return refusal;
  // One of the roster, whose identities were just read.
  const { accountId } = deviceOf(signer)!;
  return checkPolicyOnJoin(read.policy, groupContext.epoch, accountId) ?? read.policy;
}
