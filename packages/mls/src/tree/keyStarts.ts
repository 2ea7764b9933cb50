import { nodeCount } from './treeMath.ts';

/**
 * The beginnings of a tree's encryption keys by node index: enough to tell most keys apart without looking for each
 * in memory, which for a commit in a large group is most of the work beside its key operations. 0 for a blank node.
 */
export type KeyStarts = Uint16Array;

interface Keyed {
  readonly encryptionKey: Uint8Array;
}

/** Never 0; different starts are of different keys. */
export function startOf(key: Uint8Array): number {
  return (key[0]! << 8) | key[1]! || 1;
}

export function startAt(keyed: Keyed | null): number {
  return keyed === null ? 0 : startOf(keyed.encryptionKey);
}

export function keyStartsOf(
  leafCount: number,
  leaves: readonly (Keyed | null)[],
  parents: readonly (Keyed | null)[],
): KeyStarts {
  const starts = new Uint16Array(nodeCount(leafCount));
  for (let i = 0; i < leafCount; i++) {
    starts[2 * i] = startAt(leaves[i] ?? null);
    if (i < leafCount - 1) starts[2 * i + 1] = startAt(parents[i] ?? null);
  }
  return starts;
}
