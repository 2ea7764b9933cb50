import { limits } from '../limits.ts';
import { ensure } from '../refusal.ts';
import type { LeafNode } from '../structs/leafNode.ts';
import type { ParentNode } from '../structs/parentNode.ts';
import { type KeyStarts, keyStartsOf, startAt } from './keyStarts.ts';
import { directPath, isLeafNode, leftOf, nodeCount, parentOf, rightOf, rootOf } from './treeMath.ts';

/**
 * Ratchet tree (RFC 9420 §4.1, §7). A finished tree never changes; `TreeEditor` makes the next one, sharing
 * every node that stays. `hashes` memoises tree hashes and is the only thing filled in later: an editor
 * forgets the hashes above what it touches, so a commit hashes its direct paths and nothing else.
 */
export interface RatchetTree {
  /** Leaves, blank ones included: a power of two. */
  readonly leafCount: number;
  /** Leaves by leaf index. */
  readonly leaves: readonly (LeafNode | null)[];
  /** Parents by half their node index, rounded down. */
  readonly parents: readonly (ParentNode | null)[];
  /** Known tree hashes by node index. */
  readonly hashes: (Uint8Array | undefined)[];
  /** Known from the first commit on. */
  readonly keyStarts: { known: KeyStarts | null };
}

export function keyStartsIn(tree: RatchetTree): KeyStarts {
  const { known } = tree.keyStarts;
  if (known !== null && known.length === nodeCount(tree.leafCount)) return known;
  const starts = keyStartsOf(tree.leafCount, tree.leaves, tree.parents);
  tree.keyStarts.known = starts;
  return starts;
}

export function parentAt(tree: RatchetTree, node: number): ParentNode | null {
  return tree.parents[node >> 1] ?? null;
}

export function leafAt(tree: RatchetTree, leafIndex: number): LeafNode | null {
  return tree.leaves[leafIndex] ?? null;
}

export function isBlank(tree: RatchetTree, node: number): boolean {
  return isLeafNode(node) ? leafAt(tree, node >> 1) === null : parentAt(tree, node) === null;
}

/** Public key of a node that is not blank. */
export function encryptionKeyAt(tree: RatchetTree, node: number): Uint8Array {
  const found = isLeafNode(node) ? leafAt(tree, node >> 1) : parentAt(tree, node);
  if (found === null) throw new Error('a blank node has no key');
  return found.encryptionKey;
}

/** Resolution of a node (RFC 9420 §4.1.1), as node indices. */
export function resolution(tree: RatchetTree, node: number): number[] {
  if (resolvesToItself(tree, node)) return [node];
  const out: number[] = [];
  collectResolution(tree, node, out);
  return out;
}

function resolvesToItself(tree: RatchetTree, node: number): boolean {
  if (isLeafNode(node)) return leafAt(tree, node >> 1) !== null;
  return parentAt(tree, node)?.unmergedLeaves.length === 0;
}

function collectResolution(tree: RatchetTree, node: number, out: number[]): void {
  if (isLeafNode(node)) {
    if (leafAt(tree, node >> 1) !== null) out.push(node);
    return;
  }
  const parent = parentAt(tree, node);
  if (parent === null) {
    collectResolution(tree, leftOf(node), out);
    collectResolution(tree, rightOf(node), out);
    return;
  }
  out.push(node);
  for (const leaf of parent.unmergedLeaves) out.push(leaf * 2);
}

/** True where the resolution is empty. */
function resolvesToNothing(tree: RatchetTree, node: number): boolean {
  if (!isBlank(tree, node)) return false;
  return (
    isLeafNode(node) || (resolvesToNothing(tree, leftOf(node)) && resolvesToNothing(tree, rightOf(node)))
  );
}

export interface PathStep {
  /** A parent on the direct path. */
  readonly node: number;
  /** Its child that is not on the path. */
  readonly copath: number;
}

/** Filtered direct path of a leaf (RFC 9420 §4.1.2), from below upwards. */
export function filteredDirectPath(tree: RatchetTree, leafIndex: number): PathStep[] {
  const steps: PathStep[] = [];
  let below = leafIndex * 2;
  for (const node of directPath(leafIndex, tree.leafCount)) {
    const copath = below < node ? rightOf(node) : leftOf(node);
    if (!resolvesToNothing(tree, copath)) steps.push({ node, copath });
    below = node;
  }
  return steps;
}

/** Filled leaves with their indices, ascending. */
export function* filledLeaves(tree: RatchetTree): Generator<readonly [number, LeafNode]> {
  for (let leafIndex = 0; leafIndex < tree.leafCount; leafIndex++) {
    const leaf = tree.leaves[leafIndex];
    if (leaf) yield [leafIndex, leaf];
  }
}

/** Makes the next tree from one. Used by one operation and then finished. */
export class TreeEditor implements RatchetTree {
  leafCount: number;
  readonly leaves: (LeafNode | null)[];
  readonly parents: (ParentNode | null)[];
  readonly hashes: (Uint8Array | undefined)[];
  readonly keyStarts: { known: KeyStarts };
  #firstMaybeBlank = 0;

  constructor(tree: RatchetTree) {
    this.leafCount = tree.leafCount;
    this.leaves = tree.leaves.slice();
    this.parents = tree.parents.slice();
    this.hashes = tree.hashes.slice();
    this.keyStarts = { known: keyStartsIn(tree).slice() };
  }

  #forgetHashes(leafIndex: number): void {
    const root = rootOf(this.leafCount);
    let node = leafIndex * 2;
    this.hashes[node] = undefined;
    while (node !== root) {
      node = parentOf(node);
      this.hashes[node] = undefined;
    }
  }

  #setStart(node: number, start: number): void {
    this.keyStarts.known[node] = start;
  }

  setLeaf(leafIndex: number, leaf: LeafNode | null): void {
    this.leaves[leafIndex] = leaf;
    this.#setStart(leafIndex * 2, startAt(leaf));
    if (leaf === null) this.#firstMaybeBlank = Math.min(this.#firstMaybeBlank, leafIndex);
    this.#forgetHashes(leafIndex);
  }

  /** For nodes on the direct path of a leaf that the same operation sets, so its hash is forgotten by that. */
  setParent(node: number, parent: ParentNode | null): void {
    this.parents[node >> 1] = parent;
    this.#setStart(node, startAt(parent));
    this.hashes[node] = undefined;
  }

  blankDirectPath(leafIndex: number): void {
    for (const node of directPath(leafIndex, this.leafCount)) {
      this.parents[node >> 1] = null;
      this.#setStart(node, 0);
    }
    this.#forgetHashes(leafIndex);
  }

  /** RFC 9420 §12.1.2. */
  update(leafIndex: number, leaf: LeafNode): void {
    this.setLeaf(leafIndex, leaf);
    this.blankDirectPath(leafIndex);
  }

  /** RFC 9420 §12.1.3, with the truncation of §7.7. */
  remove(leafIndex: number): void {
    this.setLeaf(leafIndex, null);
    this.blankDirectPath(leafIndex);
  }

  /** Halves the tree while its right half has no member. Called once after all removes. */
  truncate(): void {
    while (this.leafCount > 1) {
      const half = this.leafCount / 2;
      for (let i = half; i < this.leafCount; i++) if (this.leaves[i]) return;
      this.leafCount = half;
      this.leaves.length = half;
      this.parents.length = half - 1;
      this.hashes.length = nodeCount(half);
      this.keyStarts.known = this.keyStarts.known.slice(0, nodeCount(half));
    }
  }

  /** Puts a leaf at the leftmost free place, growing the tree where there is none (RFC 9420 §12.1.1). */
  add(leaf: LeafNode): number {
    let leafIndex = this.#firstMaybeBlank;
    while (leafIndex < this.leafCount && this.leaves[leafIndex]) leafIndex++;
    this.#firstMaybeBlank = leafIndex + 1;
    if (leafIndex === this.leafCount) {
      ensure(this.leafCount * 2 <= limits.maxTreeLeaves, 'MLS-P-10');
      this.leafCount *= 2;
      while (this.leaves.length < this.leafCount) this.leaves.push(null);
      while (this.parents.length < this.leafCount - 1) this.parents.push(null);
      const larger = new Uint16Array(nodeCount(this.leafCount));
      larger.set(this.keyStarts.known);
      this.keyStarts.known = larger;
    }
    this.setLeaf(leafIndex, leaf);
    const root = rootOf(this.leafCount);
    let node = leafIndex * 2;
    while (node !== root) {
      node = parentOf(node);
      const parent = this.parents[node >> 1];
      if (!parent) continue;
      const unmergedLeaves = [...parent.unmergedLeaves, leafIndex];
      // Most often it is the last of them already.
      if ((unmergedLeaves.at(-2) ?? -1) > leafIndex) unmergedLeaves.sort((a, b) => a - b);
      this.parents[node >> 1] = { ...parent, unmergedLeaves };
    }
    return leafIndex;
  }

  finish(): RatchetTree {
    const { leafCount, leaves, parents, hashes, keyStarts } = this;
    return { leafCount, leaves, parents, hashes, keyStarts };
  }
}

/** A tree of one leaf. */
export function singleLeafTree(leaf: LeafNode): RatchetTree {
  return { leafCount: 1, leaves: [leaf], parents: [], hashes: [], keyStarts: { known: null } };
}

/** Every encryption key in the tree, with its node. */
export function* encryptionKeys(tree: RatchetTree): Generator<readonly [number, Uint8Array]> {
  for (let i = 0; i < tree.leafCount; i++) {
    const leaf = tree.leaves[i];
    if (leaf) yield [i * 2, leaf.encryptionKey];
    const parent = tree.parents[i];
    if (parent) yield [i * 2 + 1, parent.encryptionKey];
  }
}
