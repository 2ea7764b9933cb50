import type { Reader } from '../codec/reader.ts';
import { encodeWith, type Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { DecodeError } from '../refusal.ts';
import { type LeafNode, readLeafNode, writeLeafNode } from '../structs/leafNode.ts';
import { type ParentNode, readParentNode, writeParentNode } from '../structs/parentNode.ts';
import { isBlank, type RatchetTree } from './ratchetTree.ts';
import { isLeafNode, nodeCount } from './treeMath.ts';

/** The tree as the `ratchet_tree` extension carries it (RFC 9420 §12.4.3.3): blank nodes at the end left out. */
export function writeRatchetTree(writer: Writer, tree: RatchetTree): void {
  let end = nodeCount(tree.leafCount);
  while (end > 0 && isBlank(tree, end - 1)) end--;
  const nodes = Array.from({ length: end }, (_, node) => node);
  writer.vector(nodes, (inner, node) => {
    if (isLeafNode(node)) {
      inner.optional(tree.leaves[node >> 1] ?? null, (w, leaf) => writeLeafNode(w.u8(1), leaf));
    } else {
      inner.optional(tree.parents[node >> 1] ?? null, (w, parent) => writeParentNode(w.u8(2), parent));
    }
  });
}

export function encodeRatchetTree(tree: RatchetTree): Uint8Array {
  return encodeWith(tree, writeRatchetTree, 512 * tree.leafCount);
}

/** Reads a tree and fills it up to a power of two; nodes must be of the kind their place asks for. */
export function readRatchetTree(reader: Reader): RatchetTree {
  const leaves: (LeafNode | null)[] = [];
  const parents: (ParentNode | null)[] = [];
  let count = 0;
  let lastIsBlank = true;
  reader.vector((inner) => {
    const leafPlace = isLeafNode(count++);
    const present = inner.u8();
    if (present > 1) throw new DecodeError('MLS-2.1.1-01');
    lastIsBlank = present === 0;
    if (present === 1) {
      const code = inner.u8();
      if (code !== (leafPlace ? 1 : 2)) throw new DecodeError('MLS-12.4.3.3-01');
    }
    if (leafPlace) leaves.push(present === 1 ? readLeafNode(inner) : null);
    else parents.push(present === 1 ? readParentNode(inner) : null);
    return null;
  }, nodeCount(limits.maxTreeLeaves));
  if (lastIsBlank) throw new DecodeError('MLS-12.4.3.3-02');
  let leafCount = 1;
  while (nodeCount(leafCount) < count) leafCount *= 2;
  while (leaves.length < leafCount) leaves.push(null);
  while (parents.length < leafCount - 1) parents.push(null);
  return { leafCount, leaves, parents, hashes: [], keyStarts: { known: null } };
}
