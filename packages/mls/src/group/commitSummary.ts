import type { GroupContext } from '../structs/groupContext.ts';
import type { AppliedProposals } from './applyProposals.ts';
import { nameOf } from './psks.ts';
import type { CommitSummary, Member } from './types.ts';

/** Tells a commit in terms of leaves. `committer.after` differs from `before` where the commit has a path. */
export function summaryOf(
  context: GroupContext,
  applied: AppliedProposals,
  committer: CommitSummary['committer'],
  own: Member | null,
  hasPath: boolean,
  authenticatedData: Uint8Array,
): CommitSummary {
  const byPath = hasPath && committer.kind === 'member' ? [committer] : [];
  return {
    groupId: context.groupId,
    fromEpoch: context.epoch,
    epoch: context.epoch + 1n,
    committer,
    added: applied.added.map((each) => each.member),
    removed: applied.removed,
    updated: [...applied.updated, ...byPath.map(({ before, after }) => ({ before, after }))],
    psks: applied.psks.map(nameOf),
    extensions: applied.extensionsChanged ? { before: context.extensions, after: applied.extensions } : null,
    reInit: applied.reInit,
    hasPath,
    isSelfRemoved: own !== null && applied.removed.some((member) => member.leafIndex === own.leafIndex),
    authenticatedData,
  };
}
