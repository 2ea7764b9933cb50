import { bytesKey } from './bytesKey.ts';
import { startOf } from './keyStarts.ts';
import { encryptionKeyAt, keyStartsIn, type RatchetTree } from './ratchetTree.ts';

/**
 * Keys that came with a commit against all keys of the tree, in one pass over it however many came.
 */
class NewKeys {
  /** Which starts occur, by their first 12 bits: most keys of the tree are told apart by these alone. */
  readonly #starts = new Uint8Array(4096);
  readonly #places = new Map<string, number>();
  #isRepeated = false;

  add(at: number, key: Uint8Array): void {
    const name = bytesKey(key);
    this.#isRepeated ||= this.#places.has(name);
    this.#places.set(name, at);
    this.#starts[startOf(key) >> 4] = 1;
  }

  /** True where two of these are the same. */
  get isRepeated(): boolean {
    return this.#isRepeated;
  }

  /** False where no key that begins so is one of these. */
  mayHave(start: number): boolean {
    return this.#starts[start >> 4] === 1;
  }

  /** True where the key at `at` is also one of these, at another place. */
  hasElsewhere(at: number, key: Uint8Array): boolean {
    const place = this.#places.get(bytesKey(key));
    return place !== undefined && place !== at;
  }
}

/** RFC 9420 §7.3: the encryption key of each of `nodes` stands at no other node. None of them is blank. */
export function areEncryptionKeysNew(tree: RatchetTree, nodes: Iterable<number>): boolean {
  const keys = new NewKeys();
  for (const node of nodes) keys.add(node, encryptionKeyAt(tree, node));
  if (keys.isRepeated) return false;
  const starts = keyStartsIn(tree);
  for (let node = 0; node < starts.length; node++) {
    const start = starts[node]!;
    if (start === 0 || !keys.mayHave(start)) continue;
    if (keys.hasElsewhere(node, encryptionKeyAt(tree, node))) return false;
  }
  return true;
}

/** RFC 9420 §7.3: the signature key of each of `leafIndices` stands at no other leaf. None of them is blank. */
export function areSignatureKeysNew(tree: RatchetTree, leafIndices: Iterable<number>): boolean {
  const keys = new NewKeys();
  for (const leafIndex of leafIndices) keys.add(leafIndex, tree.leaves[leafIndex]!.signatureKey);
  if (keys.isRepeated) return false;
  for (let i = 0; i < tree.leafCount; i++) {
    const leaf = tree.leaves[i];
    if (!leaf || !keys.mayHave(startOf(leaf.signatureKey))) continue;
    if (keys.hasElsewhere(i, leaf.signatureKey)) return false;
  }
  return true;
}
