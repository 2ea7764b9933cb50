import type { RatchetTree } from './ratchetTree.ts';
import { encryptionKeys, leafAt, parentAt } from './ratchetTree.ts';
import { directPath, isUnder } from './treeMath.ts';

/** Key of a short byte string (2 kB at most, as an argument list has its limits) in a Map or Set. */
export function bytesKey(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** RFC 9420 §7.3, §7.9: no encryption key occurs twice in the tree, nor a signature key among its leaves. */
export function areKeysUnique(tree: RatchetTree): boolean {
  const encryption = new Set<string>();
  for (const [, key] of encryptionKeys(tree)) {
    const text = bytesKey(key);
    if (encryption.has(text)) return false;
    encryption.add(text);
  }
  const signature = new Set<string>();
  for (const leaf of tree.leaves) {
    if (!leaf) continue;
    const text = bytesKey(leaf.signatureKey);
    if (signature.has(text)) return false;
    signature.add(text);
  }
  return true;
}

/**
 * RFC 9420 §12.4.3.1: unmerged leaves are ascending, filled, under their parent, and unmerged at every filled
 * node between.
 */
export function areUnmergedLeavesValid(tree: RatchetTree): boolean {
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
        const inner = parentAt(tree, between);
        if (inner !== null && !inner.unmergedLeaves.includes(leaf)) return false;
      }
    }
  }
  return true;
}
