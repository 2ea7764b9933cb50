import type { CipherSuite } from '@sotto/primitives';
import { Writer } from '../codec/writer.ts';
import { writeLeafNode } from '../structs/leafNode.ts';
import { type ParentNode, writeParentNode } from '../structs/parentNode.ts';
import { leafAt, parentAt, type RatchetTree } from './ratchetTree.ts';
import { isLeafNode, isUnder, leftOf, rightOf, rootOf } from './treeMath.ts';

/** Tree hashes (RFC 9420 §7.8), memoised in the tree. */

function hashLeaf(suite: CipherSuite, tree: RatchetTree, node: number, blank: boolean): Uint8Array {
  const writer = new Writer(512).u8(1).u32(node >> 1);
  writer.optional(blank ? null : leafAt(tree, node >> 1), writeLeafNode);
  return writer.consume((bytes) => suite.hash.digest(bytes));
}

function hashParent(
  suite: CipherSuite,
  parent: ParentNode | null,
  left: Uint8Array,
  right: Uint8Array,
): Uint8Array {
  const writer = new Writer(256).u8(2).optional(parent, writeParentNode);
  return writer
    .opaque(left)
    .opaque(right)
    .consume((bytes) => suite.hash.digest(bytes));
}

export function subtreeHash(suite: CipherSuite, tree: RatchetTree, node: number): Uint8Array {
  const known = tree.hashes[node];
  if (known !== undefined) return known;
  const hash = isLeafNode(node)
    ? hashLeaf(suite, tree, node, false)
    : hashParent(
        suite,
        parentAt(tree, node),
        subtreeHash(suite, tree, leftOf(node)),
        subtreeHash(suite, tree, rightOf(node)),
      );
  tree.hashes[node] = hash;
  return hash;
}

export function treeHash(suite: CipherSuite, tree: RatchetTree): Uint8Array {
  return subtreeHash(suite, tree, rootOf(tree.leafCount));
}

/**
 * Hash of a subtree as it was before the leaves in `without` came: those leaves blank and not unmerged
 * anywhere (RFC 9420 §7.9, original sibling tree hash). Only nodes above those leaves are hashed anew.
 */
function originalSubtreeHash(
  suite: CipherSuite,
  tree: RatchetTree,
  node: number,
  without: readonly number[],
): Uint8Array {
  const inside = without.filter((leaf) => isUnder(leaf, node));
  if (inside.length === 0) return subtreeHash(suite, tree, node);
  if (isLeafNode(node)) return hashLeaf(suite, tree, node, true);
  const parent = parentAt(tree, node);
  return hashParent(
    suite,
    parent && { ...parent, unmergedLeaves: parent.unmergedLeaves.filter((leaf) => !inside.includes(leaf)) },
    originalSubtreeHash(suite, tree, leftOf(node), inside),
    originalSubtreeHash(suite, tree, rightOf(node), inside),
  );
}

/** Hash a child of `parent` must carry; `sibling` is the other child (RFC 9420 §7.9). */
export function parentHashOf(
  suite: CipherSuite,
  tree: RatchetTree,
  parent: ParentNode,
  sibling: number,
): Uint8Array {
  const writer = new Writer(256).opaque(parent.encryptionKey).opaque(parent.parentHash);
  writer.opaque(originalSubtreeHash(suite, tree, sibling, parent.unmergedLeaves));
  return writer.consume((bytes) => suite.hash.digest(bytes));
}
