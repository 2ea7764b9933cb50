import { bytesKey } from './bytesKey.ts';
import { startOf } from './keyStarts.ts';
import { encryptionKeyAt, keyStartsIn, type RatchetTree } from './ratchetTree.ts';

/**
 * Keys that came with a commit against all keys of the tree, in one pass over it however many came. Beginnings of keys
 * tell nearly all of them apart; whole keys are made names of only where two begin alike, so that keys made to
 * begin alike cost no more than the names of all.
 */
class NewKeys {
  readonly #places: ReadonlySet<number>;
  readonly #keyAt: (place: number) => Uint8Array;
  readonly #starts = new Set<number>();
  /** First four bytes: of a thousand keys made at random hardly ever two have the same. */
  readonly #prefixes = new Set<number>();
  /** Which starts occur, by their first 12 bits: quicker to ask than the set. */
  readonly #marks = new Uint8Array(4096);
  #names: ReadonlySet<string> | null = null;

  /** `keyAt` gives the key at each place of the tree that is not blank; those at `places` are the new ones. */
  constructor(places: ReadonlySet<number>, keyAt: (place: number) => Uint8Array) {
    this.#places = places;
    this.#keyAt = keyAt;
    for (const place of places) {
      const key = keyAt(place);
      const start = startOf(key);
      this.#starts.add(start);
      this.#prefixes.add(start * 0x10000 + ((key[2]! << 8) | key[3]!));
      this.#marks[start >> 4] = 1;
    }
  }

  #allNames(): ReadonlySet<string> {
    this.#names ??= new Set(Array.from(this.#places, (place) => bytesKey(this.#keyAt(place))));
    return this.#names;
  }

  /** True where two of the new keys are the same. */
  isRepeated(): boolean {
    return this.#prefixes.size < this.#places.size && this.#allNames().size < this.#places.size;
  }

  /** True where the key at `place`, which begins with `start`, is not a new one and is the same as one. */
  isTaken(place: number, start: number): boolean {
    if (this.#marks[start >> 4] === 0 || !this.#starts.has(start) || this.#places.has(place)) return false;
    return this.#allNames().has(bytesKey(this.#keyAt(place)));
  }
}

/** RFC 9420 §7.3: the encryption key of each of `nodes` stands at no other node. None of them is blank. */
export function areEncryptionKeysNew(tree: RatchetTree, nodes: ReadonlySet<number>): boolean {
  const keys = new NewKeys(nodes, (node) => encryptionKeyAt(tree, node));
  if (keys.isRepeated()) return false;
  const starts = keyStartsIn(tree);
  for (let node = 0; node < starts.length; node++) {
    const start = starts[node]!;
    if (start !== 0 && keys.isTaken(node, start)) return false;
  }
  return true;
}

/** RFC 9420 §7.3: the signature key of each of `leafIndices` stands at no other leaf. None of them is blank. */
export function areSignatureKeysNew(tree: RatchetTree, leafIndices: ReadonlySet<number>): boolean {
  const keys = new NewKeys(leafIndices, (leafIndex) => tree.leaves[leafIndex]!.signatureKey);
  if (keys.isRepeated()) return false;
  for (let i = 0; i < tree.leafCount; i++) {
    const leaf = tree.leaves[i];
    if (leaf && keys.isTaken(i, startOf(leaf.signatureKey))) return false;
  }
  return true;
}
