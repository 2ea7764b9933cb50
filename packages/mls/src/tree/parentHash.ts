import { type CipherSuite, equalBytes } from '@sotto/primitives';
import { leafAt, parentAt, type RatchetTree, resolution } from './ratchetTree.ts';
import { parentHashOf } from './treeHash.ts';
import { isLeafNode, isUnder, leftOf, rightOf } from './treeMath.ts';

/** Parent hash a node carries; null where it carries none. */
function carriedParentHash(tree: RatchetTree, node: number): Uint8Array | null {
  if (!isLeafNode(node)) return parentAt(tree, node)?.parentHash ?? null;
  const source = leafAt(tree, node >> 1)?.source;
  return source?.kind === 'commit' ? source.parentHash : null;
}

/** The one node that is left of the child's resolution without these unmerged leaves, where all of them are in it. */
function setterUnder(tree: RatchetTree, child: number, unmergedLeaves: readonly number[]): number | null {
  const nodes = resolution(tree, child);
  if (unmergedLeaves.length === 0) return nodes.length === 1 ? nodes[0]! : null;
  const unmerged = unmergedLeaves.filter((leaf) => isUnder(leaf, child));
  if (nodes.length !== unmerged.length + 1) return null;
  const rest = nodes.filter((entry) => !isLeafNode(entry) || !unmerged.includes(entry >> 1));
  return rest.length === 1 ? rest[0]! : null;
}

/**
 * Is some node under `child` the one whose commit set the parent? It must carry the parent's hash, and the
 * rest of the child's resolution must be exactly those unmerged leaves of the parent that lie under the
 * child (RFC 9420 §7.9.2).
 */
function chainsThrough(
  suite: CipherSuite,
  tree: RatchetTree,
  node: number,
  child: number,
  sibling: number,
): boolean {
  const parent = parentAt(tree, node)!;
  const setter = setterUnder(tree, child, parent.unmergedLeaves);
  const carried = setter === null ? null : carriedParentHash(tree, setter);
  return carried !== null && equalBytes(carried, parentHashOf(suite, tree, parent, sibling));
}

/** RFC 9420 §7.9.2: every filled parent is bound to a leaf's signature by a chain of parent hashes. */
export function areParentHashesValid(suite: CipherSuite, tree: RatchetTree): boolean {
  for (let i = 0; i < tree.leafCount - 1; i++) {
    if (!tree.parents[i]) continue;
    const node = 2 * i + 1;
    const left = leftOf(node);
    const right = rightOf(node);
    if (!chainsThrough(suite, tree, node, left, right) && !chainsThrough(suite, tree, node, right, left)) {
      return false;
    }
  }
  return true;
}
