import type { LeafNode } from '../structs/leafNode.ts';
import type { ParentNode } from '../structs/parentNode.ts';
import { startOf } from './keyStarts.ts';
import type { RatchetTree } from './ratchetTree.ts';
import { leafAt } from './ratchetTree.ts';
import { directPath, isUnder } from './treeMath.ts';

/** RFC 9420 §7.7: the tree's right half, or its only leaf, has a member: otherwise it would have been truncated. */
export function isAsSmallAsItsMembers(tree: RatchetTree): boolean {
  return tree.leaves.slice(Math.floor(tree.leafCount / 2)).some((leaf) => leaf !== null);
}

function areDistinct(keys: readonly Uint8Array[]): boolean {
  const alike = thoseThatBeginAlike(keys);
  // Sorting bounds the work whatever the keys are: they come from whoever made the tree.
  alike.sort(compareBytes);
  for (let i = 1; i < alike.length; i++) if (compareBytes(alike[i - 1]!, alike[i]!) === 0) return false;
  return true;
}

/** All keys whose first bytes are also another's: of keys made at random only a few. */
function thoseThatBeginAlike(keys: readonly Uint8Array[]): Uint8Array[] {
  const counts = new Uint8Array(0x10000);
  for (const key of keys) {
    const start = startOf(key);
    if (counts[start]! < 2) counts[start]!++;
  }
  return keys.filter((key) => counts[startOf(key)] === 2);
}

function keysOf<Node>(nodes: readonly (Node | null)[], keyOf: (node: Node) => Uint8Array): Uint8Array[] {
  const keys: Uint8Array[] = [];
  for (const node of nodes) if (node !== null) keys.push(keyOf(node));
  return keys;
}

/** Keys are public, so the comparison may end at the first difference. */
function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) if (left[i] !== right[i]) return left[i]! - right[i]!;
  return left.length - right.length;
}

/** RFC 9420 §7.3, §12.4.3.1: no encryption key occurs twice in the tree. Keys have the size of the suite's. */
export function areEncryptionKeysUnique(tree: RatchetTree): boolean {
  const keyOf = (node: LeafNode | ParentNode) => node.encryptionKey;
  return areDistinct([...keysOf(tree.leaves, keyOf), ...keysOf(tree.parents, keyOf)]);
}

/** RFC 9420 §7.3: no signature key occurs twice among the leaves. Keys have the size of the suite's. */
export function areSignatureKeysUnique(tree: RatchetTree): boolean {
  return areDistinct(keysOf(tree.leaves, (leaf) => leaf.signatureKey));
}

/**
 * RFC 9420 §12.4.3.1: unmerged leaves are ascending, filled, under their parent, and unmerged at every filled
 * node between.
 */
export function areUnmergedLeavesValid(tree: RatchetTree): boolean {
  if (tree.parents.every((parent) => parent === null || parent.unmergedLeaves.length === 0)) return true;
  const unmergedAt = tree.parents.map((parent) => parent && new Set(parent.unmergedLeaves));
  for (let i = 0; i < tree.leafCount - 1; i++) {
    const parent = tree.parents[i];
    if (!parent) continue;
    const node = 2 * i + 1;
    let last = -1;
    for (const leaf of parent.unmergedLeaves) {
      if (leaf <= last || leaf >= tree.leafCount || !isUnder(leaf, node) || leafAt(tree, leaf) === null)
        return false;
      last = leaf;
      for (const between of directPath(leaf, tree.leafCount)) {
        if (between === node) break;
        if (unmergedAt[between >> 1]?.has(leaf) === false) return false;
      }
    }
  }
  return true;
}
