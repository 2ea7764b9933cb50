import { equalBytes } from '@sotto/primitives';
import { encryptionKeyAt, type RatchetTree } from './ratchetTree.ts';

/**
 * Keys that came with a commit against all keys of the tree, in one pass over it however many came. Keys are
 * public, so comparisons may end at the first difference.
 */
class NewKeys {
  /** By the key's first bytes. */
  readonly #byStart = new Map<number, { readonly at: number; readonly key: Uint8Array }[]>();

  add(at: number, key: Uint8Array): void {
    const start = startOf(key);
    const others = this.#byStart.get(start);
    if (others === undefined) this.#byStart.set(start, [{ at, key }]);
    else others.push({ at, key });
  }

  /** True where the key at `at` is also one of these at another place. */
  hasElsewhere(at: number, key: Uint8Array): boolean {
    const candidates = this.#byStart.get(startOf(key));
    return candidates?.some((other) => other.at !== at && equalBytes(other.key, key)) ?? false;
  }
}

function startOf(key: Uint8Array): number {
  return (key[0]! << 24) | (key[1]! << 16) | (key[2]! << 8) | key[3]!;
}

/** RFC 9420 §7.3: the encryption key of each of `nodes` stands at no other node. None of them is blank. */
export function areEncryptionKeysNew(tree: RatchetTree, nodes: Iterable<number>): boolean {
  const keys = new NewKeys();
  for (const node of nodes) keys.add(node, encryptionKeyAt(tree, node));
  for (let i = 0; i < tree.leafCount; i++) {
    const leaf = tree.leaves[i];
    if (leaf && keys.hasElsewhere(i * 2, leaf.encryptionKey)) return false;
    const parent = tree.parents[i];
    if (parent && keys.hasElsewhere(i * 2 + 1, parent.encryptionKey)) return false;
  }
  return true;
}

/** RFC 9420 §7.3: the signature key of each of `leafIndices` stands at no other leaf. None of them is blank. */
export function areSignatureKeysNew(tree: RatchetTree, leafIndices: Iterable<number>): boolean {
  const keys = new NewKeys();
  for (const leafIndex of leafIndices) keys.add(leafIndex, tree.leaves[leafIndex]!.signatureKey);
  for (let i = 0; i < tree.leafCount; i++) {
    const leaf = tree.leaves[i];
    if (leaf && keys.hasElsewhere(i, leaf.signatureKey)) return false;
  }
  return true;
}
