import type { CipherSuite } from '@sotto/primitives';
import { decodeWith } from '../codec/reader.ts';
import { encodeWith } from '../codec/writer.ts';
import { checkLeafSignature } from '../group/leafChecks.ts';
import { writeGroupContext } from '../structs/groupContext.ts';
import { readProposal } from '../structs/proposal.ts';
import { readUpdatePath } from '../structs/updatePath.ts';
import { checkPathShape, openPath } from '../tree/openPath.ts';
import { areParentHashesValid } from '../tree/parentHash.ts';
import { filledLeaves, type RatchetTree, resolution, TreeEditor } from '../tree/ratchetTree.ts';
import { encodeRatchetTree, readRatchetTree } from '../tree/ratchetTreeCodec.ts';
import { freshPath, nodeKeys, placePath, sealPath } from '../tree/sealPath.ts';
import { subtreeHash, treeHash } from '../tree/treeHash.ts';
import * as treeMath from '../tree/treeMath.ts';
import {
  areEncryptionKeysUnique,
  areSignatureKeysUnique,
  areUnmergedLeavesValid,
} from '../tree/treeStructure.ts';
import { check, checkHex, fromHex, toHex } from './bytes.ts';
import type {
  TreeKemVector,
  TreeMathVector,
  TreeOperationsVector,
  TreeValidationVector,
} from './vectorTypes.ts';

export function checkTreeMath(vector: TreeMathVector): void {
  check(treeMath.nodeCount(vector.n_leaves) === vector.n_nodes, 'node count');
  check(treeMath.rootOf(vector.n_leaves) === vector.root, 'root');
  for (let node = 0; node < vector.n_nodes; node++) {
    if (!treeMath.isLeafNode(node)) {
      check(treeMath.leftOf(node) === vector.left[node], 'left');
      check(treeMath.rightOf(node) === vector.right[node], 'right');
    } else {
      check(vector.left[node] === null && vector.right[node] === null, 'leaf');
    }
    if (node === vector.root) continue;
    check(treeMath.parentOf(node) === vector.parent[node], 'parent');
    check(treeMath.siblingOf(node) === vector.sibling[node], 'sibling');
  }
}

export async function checkTreeValidation(suite: CipherSuite, vector: TreeValidationVector): Promise<void> {
  const bytes = fromHex(vector.tree);
  const tree = decodeWith(bytes, readRatchetTree);
  check(toHex(encodeRatchetTree(tree)) === vector.tree, 'round trip');
  for (const [node, expected] of vector.tree_hashes.entries()) {
    checkHex(subtreeHash(suite, tree, node), expected, `tree hash of node ${node}`);
    const resolved = resolution(tree, node);
    check(resolved.join() === vector.resolutions[node]?.join(), `resolution of node ${node}`);
  }
  check(areUnmergedLeavesValid(tree), 'unmerged leaves');
  check(areParentHashesValid(suite, tree), 'parent hashes');
  check(areEncryptionKeysUnique(tree) && areSignatureKeysUnique(tree), 'unique keys');
  for (const [leafIndex, leaf] of filledLeaves(tree)) {
    await checkLeafSignature(suite, leaf, { groupId: fromHex(vector.group_id), leafIndex });
  }
}

/** The proposal alone is applied: the file gives no GroupContext to judge it in. */
export function checkTreeOperation(suite: CipherSuite, vector: TreeOperationsVector): void {
  const tree = decodeWith(fromHex(vector.tree_before), readRatchetTree);
  checkHex(treeHash(suite, tree), vector.tree_hash_before, 'tree hash before');
  const proposal = decodeWith(fromHex(vector.proposal), readProposal);
  const after = new TreeEditor(tree);
  switch (proposal.kind) {
    case 'add':
      after.add(proposal.keyPackage.leafNode);
      break;
    case 'update':
      after.update(vector.proposal_sender, proposal.leafNode);
      break;
    case 'remove':
      after.remove(proposal.leafIndex);
      after.truncate();
      break;
    default:
      check(false, 'a tree operation');
  }
  check(toHex(encodeRatchetTree(after.finish())) === vector.tree_after, 'tree after');
  checkHex(treeHash(suite, after), vector.tree_hash_after, 'tree hash after');
}

async function ownKeysOf(
  suite: CipherSuite,
  leaf: TreeKemVector['leaves_private'][number],
): Promise<Map<number, Uint8Array>> {
  const keys = new Map<number, Uint8Array>([[leaf.index * 2, fromHex(leaf.encryption_priv)]]);
  for (const { node, path_secret } of leaf.path_secrets) {
    keys.set(node, (await nodeKeys(suite, fromHex(path_secret))).privateKey);
  }
  return keys;
}

function contextOf(suite: CipherSuite, vector: TreeKemVector, tree: RatchetTree): Uint8Array {
  return encodeWith(
    {
      version: 1,
      cipherSuite: suite.id,
      groupId: fromHex(vector.group_id),
      epoch: BigInt(vector.epoch),
      treeHash: treeHash(suite, tree),
      confirmedTranscriptHash: fromHex(vector.confirmed_transcript_hash),
      extensions: [],
    },
    writeGroupContext,
  );
}

const nobodyAdded: ReadonlySet<number> = new Set();

export async function checkTreeKem(suite: CipherSuite, vector: TreeKemVector): Promise<void> {
  const before = decodeWith(fromHex(vector.ratchet_tree), readRatchetTree);
  check(areParentHashesValid(suite, before), 'parent hashes before');
  for (const update of vector.update_paths) {
    const path = decodeWith(fromHex(update.update_path), readUpdatePath);
    const tree = new TreeEditor(before);
    const steps = checkPathShape(tree, update.sender, path, nobodyAdded);
    const keys = path.nodes.map((node) => node.encryptionKey);
    const parentHash = placePath(suite, tree, update.sender, steps, keys);
    check(path.leafNode.source.kind === 'commit', 'leaf of a commit');
    checkHex(parentHash, toHex(path.leafNode.source.parentHash), 'parent hash');
    tree.setLeaf(update.sender, path.leafNode);
    checkHex(treeHash(suite, tree), update.tree_hash_after, 'tree hash after');
    const context = contextOf(suite, vector, tree);
    for (const leaf of vector.leaves_private) {
      if (leaf.index === update.sender) continue;
      const own = await ownKeysOf(suite, leaf);
      const opened = await openPath(suite, tree, steps, path, nobodyAdded, leaf.index, own, context);
      checkHex(opened.commitSecret, update.commit_secret, 'commit secret');
      const expected = update.path_secrets[leaf.index];
      check(typeof expected === 'string', 'path secret is given');
      const ancestor = treeMath.commonAncestor(leaf.index, update.sender);
      const derived = await nodeKeys(suite, fromHex(expected));
      const found = opened.privateKeys.get(ancestor) ?? null;
      checkHex(found, toHex(derived.privateKey), 'path secret');
    }
  }
  await checkOwnPaths(suite, vector, before);
}

/** Paths made here are opened by all other leaves, as the vectors' instructions ask. */
async function checkOwnPaths(suite: CipherSuite, vector: TreeKemVector, before: RatchetTree): Promise<void> {
  for (const sender of vector.leaves_private) {
    const tree = new TreeEditor(before);
    const fresh = await freshPath(suite, tree, sender.index);
    placePath(suite, tree, sender.index, fresh.steps, fresh.publicKeys);
    const context = contextOf(suite, vector, tree);
    const nodes = await sealPath(suite, tree, fresh, nobodyAdded, context);
    const leafNode = before.leaves[sender.index];
    check(Boolean(leafNode), 'sender has a leaf');
    const path = { leafNode: leafNode!, nodes };
    for (const leaf of vector.leaves_private) {
      if (leaf.index === sender.index) continue;
      const own = await ownKeysOf(suite, leaf);
      const opened = await openPath(suite, tree, fresh.steps, path, nobodyAdded, leaf.index, own, context);
      checkHex(opened.commitSecret, toHex(fresh.commitSecret), 'own commit secret');
    }
  }
}
