import { equalBytes } from '@sotto/primitives';
import { encodeWith } from '../codec/writer.ts';
import { manyMembers, takeTurns } from '../pace.ts';
import { ensure, refuse } from '../refusal.ts';
import { openExternalInit } from '../schedule/keySchedule.ts';
import type { AuthenticatedContent } from '../structs/framedContent.ts';
import { type GroupContext, lastEpoch, writeGroupContext } from '../structs/groupContext.ts';
import type { LeafNode } from '../structs/leafNode.ts';
import type { UpdatePath } from '../structs/updatePath.ts';
import { checkPathShape, keysStillValid, openPath } from '../tree/openPath.ts';
import type { PathStep } from '../tree/ratchetTree.ts';
import { placePath } from '../tree/sealPath.ts';
import { treeHash } from '../tree/treeHash.ts';
import { type AppliedProposals, applyProposals } from './applyProposals.ts';
import { checkAppliedTree } from './checkAppliedTree.ts';
import { summaryOf } from './commitSummary.ts';
import { enterEpoch, stateOf } from './epoch.ts';
import { checkLeafContents, checkLeafSignature, checkSuccessor } from './leafChecks.ts';
import { memberIn, memberOf } from './member.ts';
import { checkExternalList, checkMemberList, isPathRequired, listProposals } from './proposalList.ts';
import { gatherPskSecret } from './psks.ts';
import type { CommitSummary, GroupState, StagedCommit, UnprotectOptions } from './types.ts';

/**
 * Processing a commit (RFC 9420 §12.4.2). The message's signature has been verified; nothing of `state` is
 * changed, here or by any failure.
 */
export async function stageCommit(
  state: GroupState,
  message: AuthenticatedContent,
  options: UnprotectOptions,
): Promise<StagedCommit> {
  const { suite, groupContext } = state;
  const { sender, content } = message.content;
  if (content.kind !== 'commit') throw new Error('not a commit');
  const { commit } = content;
  ensure(groupContext.epoch < lastEpoch, 'MLS-8.1-01');
  const isExternal = sender.kind === 'newMemberCommit';

  const allowReferences = options.allowProposalReferences ?? false;
  const list = listProposals(commit, sender, state.own.storedProposals, allowReferences);
  if (sender.kind === 'member') checkMemberList(list, sender.leafIndex);
  else checkExternalList(list);
  ensure(commit.path !== null || !isPathRequired(list), 'MLS-12.4-02');

  const applied = await applyProposals(suite, groupContext, state.tree, list, options);
  const { committer, leafIndex } = placeCommitter(state, applied, sender, commit.path, options);
  const { tree } = applied;

  let steps: PathStep[] = [];
  if (commit.path !== null) {
    steps = checkPathShape(tree, leafIndex, commit.path, applied.addedLeaves);
    await placeReceivedPath(state, applied, leafIndex, commit.path, steps);
  }
  const pathNodes = commit.path === null ? [] : [leafIndex * 2, ...steps.map((step) => step.node)];
  const addsMany = applied.added.length >= manyMembers;
  if (addsMany) await takeTurns();
  await checkAppliedTree(suite, applied, pathNodes);
  if (addsMany) await takeTurns();

  const own = memberIn(state.tree, state.ownLeafIndex);
  const hasPath = commit.path !== null;
  const { authenticatedData } = message.content;
  const summary = summaryOf(groupContext, applied, committer, own, hasPath, authenticatedData);
  if (summary.isSelfRemoved) {
    const { groupId, epoch } = summary;
    return { kind: 'stagedCommit', summary, next: { kind: 'removed', groupId, epoch } };
  }

  const provisionalContext: GroupContext = {
    ...groupContext,
    epoch: groupContext.epoch + 1n,
    treeHash: treeHash(suite, tree),
    extensions: applied.extensions,
  };
  const privateKeys = keysStillValid(tree, state.ownLeafIndex, state.own.privateKeys);
  let commitSecret: Uint8Array = new Uint8Array(suite.kdf.size);
  if (commit.path !== null) {
    for (const { node } of steps) privateKeys.delete(node);
    const contextBytes = encodeWith(provisionalContext, writeGroupContext, 512);
    const opened = await openPath(
      suite,
      tree,
      steps,
      commit.path,
      applied.addedLeaves,
      state.ownLeafIndex,
      privateKeys,
      contextBytes,
    );
    for (const [node, key] of opened.privateKeys) privateKeys.set(node, key);
    commitSecret = opened.commitSecret;
  }
  const initSecret =
    applied.externalInit === null
      ? state.own.secrets.initSecret
      : ((await openExternalInit(suite, state.own.secrets.externalSecret, applied.externalInit)) ??
        refuse('MLS-12.4.3.2-02'));
  const pskSecret = gatherPskSecret(suite, applied.psks, options.psks, state);
  const entered = enterEpoch(suite, {
    provisionalContext,
    interimBefore: state.own.interimTranscriptHash,
    wireFormat: message.wireFormat,
    content: message.content,
    signature: message.auth.signature,
    initSecret,
    commitSecret,
    pskSecret,
  });
  commitSecret.fill(0);
  pskSecret.fill(0);
  entered.joinerSecret.fill(0);
  if (isExternal) initSecret.fill(0);
  const { confirmationTag } = message.auth;
  ensure(confirmationTag !== null && equalBytes(confirmationTag, entered.confirmationTag), 'MLS-6.1-02');
  const next = stateOf(suite, {
    ...entered,
    tree: tree.finish(),
    ownLeafIndex: state.ownLeafIndex,
    privateKeys,
    reInit: applied.reInit,
  });
  return { kind: 'stagedCommit', summary, next };
}

interface PlacedCommitter {
  readonly committer: CommitSummary['committer'];
  readonly leafIndex: number;
}

/** Who commits, and at which leaf; an external joiner gets its leaf here. */
function placeCommitter(
  state: GroupState,
  applied: AppliedProposals,
  sender: AuthenticatedContent['content']['sender'],
  path: UpdatePath | null,
  options: UnprotectOptions,
): PlacedCommitter {
  if (sender.kind === 'member') {
    const before = memberIn(state.tree, sender.leafIndex)!;
    if (path === null)
      return { committer: { kind: 'member', before, after: before }, leafIndex: sender.leafIndex };
    checkSuccessor(before.leafNode, path.leafNode, options);
    ensure(!equalBytes(before.leafNode.encryptionKey, path.leafNode.encryptionKey), 'MLS-12.4.2-01');
    const after = memberOf(sender.leafIndex, path.leafNode);
    return { committer: { kind: 'member', before, after }, leafIndex: sender.leafIndex };
  }
  const leaf: LeafNode = path?.leafNode ?? refuse('MLS-12.4.3.2-01');
  // An external joiner may take out its own earlier leaf, and nobody else's.
  for (const removed of applied.removed) checkSuccessor(removed.leafNode, leaf, options);
  const leafIndex = applied.tree.add(leaf);
  return { committer: { kind: 'external', joiner: memberOf(leafIndex, leaf) }, leafIndex };
}

/** Checks the committer's new leaf and puts the path's public half into the tree. */
async function placeReceivedPath(
  state: GroupState,
  applied: AppliedProposals,
  leafIndex: number,
  path: UpdatePath,
  steps: readonly PathStep[],
): Promise<void> {
  const { suite } = state;
  const leaf = path.leafNode;
  if (leaf.source.kind !== 'commit') return refuse('MLS-7.3-05');
  await checkLeafContents(suite, leaf);
  await checkLeafSignature(suite, leaf, { groupId: state.groupContext.groupId, leafIndex });
  const publicKeys = path.nodes.map((node) => node.encryptionKey);
  const parentHash = placePath(suite, applied.tree, leafIndex, steps, publicKeys);
  ensure(equalBytes(parentHash, leaf.source.parentHash), 'MLS-7.9-01');
  applied.tree.setLeaf(leafIndex, leaf);
}
