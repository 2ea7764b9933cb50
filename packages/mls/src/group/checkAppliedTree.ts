import { type CipherSuite, equalBytes } from '@sotto/primitives';
import { ensure } from '../refusal.ts';
import type { LeafNode } from '../structs/leafNode.ts';
import { areEncryptionKeysNew, areSignatureKeysNew } from '../tree/keyUniqueness.ts';
import { encryptionKeyAt, filledLeaves, leafAt, type RatchetTree } from '../tree/ratchetTree.ts';
import type { AppliedProposals } from './applyProposals.ts';
import { checkGroupCapabilities, fitsWhere } from './leafChecks.ts';

/**
 * What must hold of the tree once a commit's proposals and path are in place (RFC 9420 §7.3, §12.2): keys that
 * came are unique, and all members support what the group is. `pathNodes` are nodes the path has set, the
 * committer's leaf among them.
 */
export async function checkAppliedTree(
  suite: CipherSuite,
  applied: AppliedProposals,
  pathNodes: readonly number[],
): Promise<void> {
  const { tree } = applied;
  const newLeaves = [
    ...applied.added.map((each) => each.member),
    ...applied.updated.map((each) => each.after),
  ];
  const nodes = new Set([...newLeaves.map((member) => member.leafIndex * 2), ...pathNodes]);
  // Sizes first: what is compared below is then as long as it should be.
  for (const node of nodes) {
    if ((node & 1) === 1) ensure(await suite.hpke.isPublicKey(encryptionKeyAt(tree, node)), 'MLS-7.6-03');
  }
  ensure(areEncryptionKeysNew(tree, nodes), 'MLS-7.3-07');
  // A signature key that stood at the same leaf before was the only one then, and those that came are compared.
  const leaves = [...nodes].filter((node) => (node & 1) === 0).map((node) => node / 2);
  const withNewKey = leaves.filter((leaf) => {
    const known = leafAt(applied.before, leaf)?.signatureKey;
    return known === undefined || !equalBytes(known, leafAt(tree, leaf)!.signatureKey);
  });
  if (withNewKey.length > 0) ensure(areSignatureKeysNew(tree, new Set(withNewKey)), 'MLS-7.3-08');
  if (!areCapabilitiesAsBefore(applied, leaves)) checkGroupCapabilities(tree, applied.extensions);
}

/**
 * True where the group's capabilities hold because they held before, so that a commit need not ask every member. They
 * held of the epoch before: each state came from `checkGroupCapabilities` or from here. With the same extensions the
 * group requires the same; and where each leaf that came fits where a member of the epoch before did, it lists
 * what that one listed, and brings no credential type that the others need not list already. Leaves that go only take
 * something away. (`leaves`: those that came.)
 */
export function areCapabilitiesAsBefore(
  applied: Pick<AppliedProposals, 'before' | 'tree' | 'extensionsChanged'>,
  leaves: readonly number[],
): boolean {
  const { before, tree, extensionsChanged } = applied;
  if (extensionsChanged) return false;
  const anyMember = firstMember(before);
  return leaves.every((leaf) => fitsWhere(leafAt(before, leaf) ?? anyMember, leafAt(tree, leaf)!));
}

function firstMember(tree: RatchetTree): LeafNode {
  for (const [, leaf] of filledLeaves(tree)) return leaf;
  throw new Error('a group without members');
}
