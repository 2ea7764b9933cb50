/** Receiving commits (spec/groups.md, "What a commit may do"): nothing is in force before it has been judged. */
import {
  eraseStaged,
  merge,
  peekMessage,
  roster,
  type StagedCommit,
  unprotect,
  wireFormats,
} from '@sotto/mls';
import { limits } from '@sotto/protocol';
import { judgeCommit } from './commitPolicy.ts';
import { groupOf } from './conversationGroup.ts';
import { maxLifetimeSeconds } from './keyPackages.ts';
import { isSameDevice } from './memberIdentity.ts';
import { fromMls, groupRefused } from './refusals.ts';
import type { ConversationGroup, CryptoContext, Directory, GroupRefusal, StagedChange } from './types.ts';

/**
 * Verifies a commit of the group's present epoch and judges it by the policy. `acceptedAtMs`: of its entry, as the server
 * says; links that let somebody in, and lifetimes of KeyPackages, are judged by that time, too. Left out: now.
 */
export async function stageCommit(
  context: CryptoContext,
  group: ConversationGroup,
  commit: Uint8Array,
  directory: Directory,
  acceptedAtMs?: number,
): Promise<StagedChange | GroupRefusal> {
  if (commit.length > limits.commitSizeBytes) return groupRefused('malformed');
  const peeked = peekMessage(commit);
  if (peeked.kind !== 'group') return groupRefused('malformed');
  if (peeked.content !== 'commit') return groupRefused('not_allowed_proposal');
  const staged = await unprotect(group.state, commit, {
    // A KeyPackage may be over by the time that who was long away reads of it.
    nowMs: Math.min(context.nowMs, acceptedAtMs ?? context.nowMs),
    maxLifetimeSeconds,
    isSuccessor: isSameDevice,
  });
  if (staged.kind === 'refused') return fromMls(staged.reason);
  if (staged.kind !== 'stagedCommit') return groupRefused('not_allowed_proposal');
  if (!isFramedRightly(commit, staged)) return groupRefused('malformed');
  const judged = await judgeStaged(context, group, staged, directory, acceptedAtMs);
  if (judged.kind === 'refused') eraseStaged(staged, group.state);
  return judged;
}

/** Members' commits are private (RFC 9420 §6.3), those of joiners cannot be. MLSMessage: version ‖ wire_format. */
function isFramedRightly(commit: Uint8Array, { summary }: StagedCommit): boolean {
  const wireFormat = (commit[2]! << 8) | commit[3]!;
  const expected =
    summary.committer.kind === 'member' ? wireFormats.privateMessage : wireFormats.publicMessage;
  return wireFormat === expected;
}

async function judgeStaged(
  context: CryptoContext,
  group: ConversationGroup,
  staged: StagedCommit,
  directory: Directory,
  acceptedAtMs: number | undefined,
): Promise<StagedChange | GroupRefusal> {
  const { state, policy } = group;
  const { summary, next } = staged;
  const verdict = await judgeCommit(context, directory, {
    policy,
    before: { members: roster(state), extensions: state.groupContext.extensions },
    after:
      next.kind === 'active' ? { members: roster(next), extensions: next.groupContext.extensions } : null,
    summary,
    acceptedAtMs,
  });
  if (verdict.kind === 'refused') return verdict;
  const nextGroup = next.kind === 'active' ? groupOf(next) : null;
  if (nextGroup?.kind === 'refused') return nextGroup;
  return {
    kind: 'stagedChange',
    by: verdict.by,
    joined: verdict.joined,
    left: verdict.left,
    external: summary.committer.kind === 'external',
    selfRemoved: nextGroup === null,
    policyChange: verdict.policyChange,
    groupEvents: verdict.groupEvents,
    merge: () => {
      merge(staged);
      return nextGroup;
    },
  };
}
