/**
 * Array-based trees (RFC 9420 appendix C). `leafCount` is a power of two; a leaf's node index is twice its
 * leaf index. All functions are total on valid indices and do no validation.
 */

export function nodeCount(leafCount: number): number {
  return 2 * leafCount - 1;
}

export function rootOf(leafCount: number): number {
  return leafCount - 1;
}

/** Height of a node: 0 for leaves. */
function levelOf(node: number): number {
  return 31 - Math.clz32(~node & (node + 1));
}

export function isLeafNode(node: number): boolean {
  return (node & 1) === 0;
}

export function leftOf(node: number): number {
  return node ^ (1 << (levelOf(node) - 1));
}

export function rightOf(node: number): number {
  return node ^ (3 << (levelOf(node) - 1));
}

export function parentOf(node: number): number {
  const level = levelOf(node);
  return (node | (1 << level)) & ~(1 << (level + 1));
}

export function siblingOf(node: number): number {
  return node ^ (2 << levelOf(node));
}

/** Parents of a leaf, from its own up to the root. */
export function directPath(leafIndex: number, leafCount: number): number[] {
  const root = rootOf(leafCount);
  const path: number[] = [];
  let node = leafIndex * 2;
  while (node !== root) {
    node = parentOf(node);
    path.push(node);
  }
  return path;
}

/** True where `leafIndex` is in the subtree under `node`. */
export function isUnder(leafIndex: number, node: number): boolean {
  const shift = levelOf(node);
  return (leafIndex * 2) >> (shift + 1) === node >> (shift + 1);
}

/** Lowest node over both leaves, which must differ. */
export function commonAncestor(left: number, right: number): number {
  let x = left * 2;
  let y = right * 2;
  let level = 0;
  while (x !== y) {
    x >>= 1;
    y >>= 1;
    level++;
  }
  return (x << level) + (1 << (level - 1)) - 1;
}

/** True for 1, 2, 4, … up to `max`. */
export function isLeafCount(count: number, max: number): boolean {
  return count >= 1 && count <= max && (count & (count - 1)) === 0;
}
