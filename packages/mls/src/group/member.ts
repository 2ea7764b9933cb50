import type { LeafNode } from '../structs/leafNode.ts';
import { filledLeaves, leafAt, type RatchetTree } from '../tree/ratchetTree.ts';
import type { Member } from './types.ts';

export function memberOf(leafIndex: number, leafNode: LeafNode): Member {
  return { leafIndex, credential: leafNode.credential, signatureKey: leafNode.signatureKey, leafNode };
}

export function membersOf(tree: RatchetTree): Member[] {
  return Array.from(filledLeaves(tree), ([leafIndex, leaf]) => memberOf(leafIndex, leaf));
}

/** Null where the leaf is blank or outside the tree. */
export function memberIn(tree: RatchetTree, leafIndex: number): Member | null {
  const leaf = leafAt(tree, leafIndex);
  return leaf && memberOf(leafIndex, leaf);
}
