import { type CipherSuite, equalBytes } from '@sotto/primitives';
import { decryptWithLabel, deriveSecret } from '../labels/labels.ts';
import { ensure, refuse } from '../refusal.ts';
import type { UpdatePath } from '../structs/updatePath.ts';
import {
  encryptionKeyAt,
  filteredDirectPath,
  isBlank,
  type PathStep,
  type TreeEditor,
} from './ratchetTree.ts';
import { nodeKeys, recipients } from './sealPath.ts';
import { directPath, isUnder } from './treeMath.ts';

/** What a receiver learns from a path. */
export interface OpenedPath {
  /** Private keys of the nodes above both the committer and us. */
  readonly privateKeys: ReadonlyMap<number, Uint8Array>;
  readonly commitSecret: Uint8Array;
}

/**
 * The steps an UpdatePath covers, after checking that it has exactly one node for each and one ciphertext for
 * each recipient (RFC 9420 §12.4.2). The tree has the commit's proposals applied and the path not yet.
 */
export function checkPathShape(
  tree: TreeEditor,
  leafIndex: number,
  path: UpdatePath,
  addedLeaves: ReadonlySet<number>,
): PathStep[] {
  const steps = filteredDirectPath(tree, leafIndex);
  ensure(path.nodes.length === steps.length, 'MLS-7.6-01');
  for (const [i, step] of steps.entries()) {
    const expected = recipients(tree, step.copath, addedLeaves).length;
    ensure(path.nodes[i]!.encryptedPathSecrets.length === expected, 'MLS-7.6-02');
  }
  return steps;
}

/**
 * Derives keys upwards from a path secret, comparing each with the public key in the tree (RFC 9420 §7.5):
 * a committer that encrypts one secret and publishes another key is found out.
 */
export async function climb(
  suite: CipherSuite,
  tree: TreeEditor,
  firstSecret: Uint8Array,
  nodes: readonly number[],
): Promise<OpenedPath> {
  const privateKeys = new Map<number, Uint8Array>();
  let secret = firstSecret;
  for (const node of nodes) {
    const keys = await nodeKeys(suite, secret);
    ensure(equalBytes(keys.publicKey, encryptionKeyAt(tree, node)), 'MLS-7.5-01');
    privateKeys.set(node, keys.privateKey);
    const next = deriveSecret(suite, secret, 'path');
    secret.fill(0);
    secret = next;
  }
  return { privateKeys, commitSecret: secret };
}

/**
 * Opens the path secret meant for us and climbs to the root (RFC 9420 §7.5). The tree has the path's public
 * keys in place, which leaves the recipients on the copath as they were.
 */
export async function openPath(
  suite: CipherSuite,
  tree: TreeEditor,
  steps: readonly PathStep[],
  path: UpdatePath,
  addedLeaves: ReadonlySet<number>,
  ownLeafIndex: number,
  ownKeys: ReadonlyMap<number, Uint8Array>,
  groupContextBytes: Uint8Array,
): Promise<OpenedPath> {
  const at = steps.findIndex((step) => isUnder(ownLeafIndex, step.copath));
  const step = steps[at] ?? refuse('MLS-7.5-04');
  const nodes = recipients(tree, step.copath, addedLeaves);
  const which = nodes.findIndex((node) => ownKeys.has(node) && isUnder(ownLeafIndex, node));
  const sealed = path.nodes[at]!.encryptedPathSecrets[which] ?? refuse('MLS-7.5-04');
  const key = ownKeys.get(nodes[which]!)!;
  const secret = await decryptWithLabel(suite, key, 'UpdatePathNode', groupContextBytes, sealed);
  if (secret === null) return refuse('MLS-7.5-02');
  ensure(secret.length === suite.hash.size, 'MLS-7.5-03');
  return climb(
    suite,
    tree,
    secret,
    steps.slice(at).map((each) => each.node),
  );
}

/**
 * Private keys that still belong to filled nodes of the tree: keys of nodes that were blanked, or replaced by
 * the commit's path, are left behind to be erased.
 */
export function keysStillValid(
  tree: TreeEditor,
  ownLeafIndex: number,
  ownKeys: ReadonlyMap<number, Uint8Array>,
): Map<number, Uint8Array> {
  const kept = new Map<number, Uint8Array>();
  for (const node of [ownLeafIndex * 2, ...directPath(ownLeafIndex, tree.leafCount)]) {
    const key = ownKeys.get(node);
    if (key !== undefined && !isBlank(tree, node)) kept.set(node, key);
  }
  return kept;
}
