import type { CipherSuite } from '@sotto/primitives';
import { deriveSecret, encryptWithLabel } from '../labels/labels.ts';
import { Pace } from '../pace.ts';
import type { HpkeCiphertext, UpdatePathNode } from '../structs/updatePath.ts';
import {
  encryptionKeyAt,
  filteredDirectPath,
  type PathStep,
  resolution,
  type TreeEditor,
} from './ratchetTree.ts';
import { parentHashOf } from './treeHash.ts';

/** Fresh keys along a committer's filtered direct path (RFC 9420 §7.4). */
export interface FreshPath {
  readonly steps: readonly PathStep[];
  /** Path secret of each step. */
  readonly pathSecrets: readonly Uint8Array[];
  readonly publicKeys: readonly Uint8Array[];
  readonly privateKeys: readonly Uint8Array[];
  readonly commitSecret: Uint8Array;
}

export interface PathKeys {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** Key pair of a node from its path secret (RFC 9420 §7.4). */
export async function nodeKeys(suite: CipherSuite, pathSecret: Uint8Array): Promise<PathKeys> {
  const nodeSecret = deriveSecret(suite, pathSecret, 'node');
  const keys = await suite.hpke.deriveKeyPair(nodeSecret);
  nodeSecret.fill(0);
  return keys;
}

/** Draws a path for a leaf. The tree has the commit's proposals applied already. */
export async function freshPath(suite: CipherSuite, tree: TreeEditor, leafIndex: number): Promise<FreshPath> {
  const steps = filteredDirectPath(tree, leafIndex);
  const pathSecrets: Uint8Array[] = [];
  const publicKeys: Uint8Array[] = [];
  const privateKeys: Uint8Array[] = [];
  // A path without nodes (a group of one) still gets a fresh commit secret: a stolen device cannot follow.
  let secret = suite.randomBytes(suite.hash.size);
  for (let i = 0; i < steps.length; i++) {
    const keys = await nodeKeys(suite, secret);
    pathSecrets.push(secret);
    publicKeys.push(keys.publicKey);
    privateKeys.push(keys.privateKey);
    secret = deriveSecret(suite, secret, 'path');
  }
  return { steps, pathSecrets, publicKeys, privateKeys, commitSecret: secret };
}

/**
 * Puts the path's public keys into the tree with their parent hashes, top down, and returns the parent hash
 * the committer's leaf must carry (RFC 9420 §7.9).
 */
export function placePath(
  suite: CipherSuite,
  tree: TreeEditor,
  leafIndex: number,
  steps: readonly PathStep[],
  publicKeys: readonly Uint8Array[],
): Uint8Array {
  tree.blankDirectPath(leafIndex);
  let parentHash: Uint8Array = new Uint8Array(0);
  for (let i = steps.length - 1; i >= 0; i--) {
    const { node, copath } = steps[i]!;
    const parent = { encryptionKey: publicKeys[i]!, parentHash, unmergedLeaves: [] };
    tree.setParent(node, parent);
    parentHash = parentHashOf(suite, tree, parent, copath);
  }
  return parentHash;
}

/** Nodes a path secret is encrypted to: the copath's resolution without the leaves this commit adds. */
export function recipients(tree: TreeEditor, copath: number, addedLeaves: ReadonlySet<number>): number[] {
  return resolution(tree, copath).filter((node) => (node & 1) === 1 || !addedLeaves.has(node >> 1));
}

/** Encrypts each path secret to those below it on the copath (RFC 9420 §7.5, §7.6). */
export async function sealPath(
  suite: CipherSuite,
  tree: TreeEditor,
  path: FreshPath,
  addedLeaves: ReadonlySet<number>,
  groupContextBytes: Uint8Array,
): Promise<UpdatePathNode[]> {
  const nodes: UpdatePathNode[] = [];
  const pace = new Pace();
  for (const [i, step] of path.steps.entries()) {
    const encryptedPathSecrets: HpkeCiphertext[] = [];
    for (const node of recipients(tree, step.copath, addedLeaves)) {
      await pace.step();
      const key = encryptionKeyAt(tree, node);
      encryptedPathSecrets.push(
        await encryptWithLabel(suite, key, 'UpdatePathNode', groupContextBytes, path.pathSecrets[i]!),
      );
    }
    nodes.push({ encryptionKey: path.publicKeys[i]!, encryptedPathSecrets });
  }
  return nodes;
}
