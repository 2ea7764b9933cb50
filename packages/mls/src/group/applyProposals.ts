import { type CipherSuite, equalBytes } from '@sotto/primitives';
import { Pace } from '../pace.ts';
import { ensure, refuse } from '../refusal.ts';
import type { Extension } from '../structs/extension.ts';
import type { GroupContext } from '../structs/groupContext.ts';
import type { KeyPackage } from '../structs/keyPackage.ts';
import type { PreSharedKeyId } from '../structs/preSharedKeyId.ts';
import type { ReInit } from '../structs/proposal.ts';
import { protocolVersion } from '../structs/registry.ts';
import { leafAt, type RatchetTree, TreeEditor } from '../tree/ratchetTree.ts';
import { treeHash } from '../tree/treeHash.ts';
import { checkGroupExtensions } from './groupExtensions.ts';
import { checkKeyPackage, checkStillGood } from './keyPackage.ts';
import { checkLeafContents, checkLeafSignature, checkSuccessor } from './leafChecks.ts';
import { memberIn, memberOf } from './member.ts';
import type { ListedProposal } from './proposalList.ts';
import { checkPskIds } from './psks.ts';
import type { LeafPolicy, Member } from './types.ts';

/** A commit's proposals applied to a tree, before its path. */
export interface AppliedProposals {
  readonly tree: TreeEditor;
  /** The tree of the epoch before. */
  readonly before: RatchetTree;
  readonly extensions: readonly Extension[];
  readonly extensionsChanged: boolean;
  readonly added: readonly { readonly member: Member; readonly keyPackage: KeyPackage }[];
  readonly addedLeaves: ReadonlySet<number>;
  readonly removed: readonly Member[];
  readonly updated: readonly { readonly before: Member; readonly after: Member }[];
  readonly psks: readonly PreSharedKeyId[];
  readonly externalInit: Uint8Array | null;
  readonly reInit: ReInit | null;
}

/**
 * Checks each proposal by itself and applies all in the order of RFC 9420 §12.3. What must hold of the tree as
 * a whole is checked when the path is in place too.
 */
export async function applyProposals(
  suite: CipherSuite,
  context: GroupContext,
  before: RatchetTree,
  list: readonly ListedProposal[],
  policy: LeafPolicy,
): Promise<AppliedProposals> {
  // Fills in the hashes of a tree that was just decoded, so that later commits find them too.
  treeHash(suite, before);
  const tree = new TreeEditor(before);
  let extensions = context.extensions;
  let extensionsChanged = false;
  let externalInit: Uint8Array | null = null;
  let reInit: ReInit | null = null;
  const psks: PreSharedKeyId[] = [];
  const removed: Member[] = [];
  const updated: { before: Member; after: Member }[] = [];
  const added: { member: Member; keyPackage: KeyPackage }[] = [];

  const pace = new Pace();
  for (const { proposal, sender, isVerified } of list) {
    await pace.step();
    switch (proposal.kind) {
      case 'groupContextExtensions':
        checkGroupExtensions(proposal.extensions);
        extensions = proposal.extensions;
        extensionsChanged = true;
        break;
      case 'update': {
        const leafIndex = sender.kind === 'member' ? sender.leafIndex : refuse('MLS-12.2-01');
        const old = memberIn(before, leafIndex)!;
        const leaf = proposal.leafNode;
        ensure(leaf.source.kind === 'update', 'MLS-7.3-04');
        ensure(!equalBytes(leaf.encryptionKey, old.leafNode.encryptionKey), 'MLS-7.3-06');
        await checkLeafContents(suite, leaf);
        await checkLeafSignature(suite, leaf, { groupId: context.groupId, leafIndex });
        checkSuccessor(old.leafNode, leaf, policy);
        updated.push({ before: old, after: memberOf(leafIndex, leaf) });
        break;
      }
      case 'remove': {
        // The index comes off the wire: it may be anything up to 2^32 - 1.
        ensure(proposal.leafIndex < before.leafCount, 'MLS-12.1.3-01');
        removed.push(memberIn(before, proposal.leafIndex) ?? refuse('MLS-12.1.3-01'));
        break;
      }
      case 'psk':
        psks.push(proposal.psk);
        break;
      case 'externalInit':
        externalInit = proposal.kemOutput;
        break;
      case 'reInit':
        ensure(proposal.reInit.version >= protocolVersion, 'MLS-12.1.5-01');
        reInit = proposal.reInit;
        break;
      case 'add':
        if (isVerified) checkStillGood(suite, proposal.keyPackage, policy);
        else await checkKeyPackage(suite, proposal.keyPackage, policy);
        break;
    }
  }
  checkPskIds(suite, psks, context.epoch === 0n);

  for (const { after } of updated) tree.update(after.leafIndex, after.leafNode);
  for (const { leafIndex } of removed) tree.remove(leafIndex);
  tree.truncate();
  for (const { proposal } of list) {
    if (proposal.kind !== 'add') continue;
    const leafIndex = tree.add(proposal.keyPackage.leafNode);
    const leaf = leafAt(tree, leafIndex)!;
    added.push({ member: memberOf(leafIndex, leaf), keyPackage: proposal.keyPackage });
  }
  const addedLeaves = new Set(added.map((each) => each.member.leafIndex));
  return {
    tree,
    before,
    extensions,
    extensionsChanged,
    added,
    addedLeaves,
    removed,
    updated,
    psks,
    externalInit,
    reInit,
  };
}
