import type { CipherSuite } from '@sotto/primitives';
import {
  expandFixed,
  expandGeneration,
  expandMessage,
  type RatchetLabels,
  ratchetLabels,
} from '../labels/ratchetLabels.ts';
import { limits } from '../limits.ts';
import { ensure, refuse } from '../refusal.ts';

/**
 * Secret tree (RFC 9420 §9) as a persistent binary tree: a message replaces the nodes from the root to its
 * sender's leaf and shares the rest. A node's secret is gone from the new tree once its children are derived,
 * and a generation's key once it is used.
 */
export interface SecretTree {
  readonly root: SecretNode;
  /** Leaves the tree spans: a power of two. */
  readonly leafCount: number;
}

export type SecretNode =
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  | { readonly kind: 'parent'; readonly left: SecretNode; readonly right: SecretNode }
  | SenderRatchets;

export interface SenderRatchets {
  readonly kind: 'leaf';
  readonly handshake: Ratchet;
  readonly application: Ratchet;
}

/** A sender's hash ratchet (RFC 9420 §9.1): the secret of the next generation, and keys of skipped ones. */
export interface Ratchet {
  readonly secret: Uint8Array;
  readonly generation: number;
  /** Ascending by generation. */
  readonly skipped: readonly SkippedKey[];
}

/** Key and nonce of a generation that has not arrived; never the ratchet secret. */
interface SkippedKey {
  readonly generation: number;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Takes over `encryptionSecret`. */
export function newSecretTree(encryptionSecret: Uint8Array, leafCount: number): SecretTree {
  return { root: { kind: 'secret', secret: encryptionSecret }, leafCount };
}

function expandOnce(
  suite: CipherSuite,
  labels: RatchetLabels,
  secret: Uint8Array,
  leafCount: number,
): SecretNode {
  if (leafCount > 1) {
    return {
      kind: 'parent',
      left: { kind: 'secret', secret: expandFixed(suite, secret, labels.treeLeft) },
      right: { kind: 'secret', secret: expandFixed(suite, secret, labels.treeRight) },
    };
  }
  const ratchet = (first: Uint8Array): Ratchet => ({ secret: first, generation: 0, skipped: [] });
  return {
    kind: 'leaf',
    handshake: ratchet(expandFixed(suite, secret, labels.handshake)),
    application: ratchet(expandFixed(suite, secret, labels.application)),
  };
}

/** A sender's ratchets, derived if they are not yet; nothing in the tree changes. */
export function ratchetsOf(suite: CipherSuite, tree: SecretTree, leafIndex: number): SenderRatchets {
  let node = tree.root;
  let count = tree.leafCount;
  let at = leafIndex;
  while (node.kind === 'parent') {
    count /= 2;
    const goRight = at >= count;
    if (goRight) at -= count;
    node = goRight ? node.right : node.left;
  }
  return node.kind === 'leaf' ? node : deriveRatchets(suite, node.secret, at, count);
}

/** The ratchets of one leaf under a secret: of each pair below it, only the one on the way is derived. */
function deriveRatchets(
  suite: CipherSuite,
  subtreeSecret: Uint8Array,
  leafIndex: number,
  leafCount: number,
): SenderRatchets {
  const labels = ratchetLabels(suite);
  let secret = subtreeSecret;
  let at = leafIndex;
  for (let half = leafCount / 2; half >= 1; half /= 2) {
    const goRight = at >= half;
    if (goRight) at -= half;
    const child = expandFixed(suite, secret, goRight ? labels.treeRight : labels.treeLeft);
    if (secret !== subtreeSecret) secret.fill(0);
    secret = child;
  }
  const leaf = expandOnce(suite, labels, secret, 1);
  if (secret !== subtreeSecret) secret.fill(0);
  if (leaf.kind !== 'leaf') throw new Error('secret tree of the wrong shape');
  return leaf;
}

/** The tree with a sender's ratchets replaced. */
export function withRatchets(
  suite: CipherSuite,
  tree: SecretTree,
  leafIndex: number,
  ratchets: SenderRatchets,
): SecretTree {
  const labels = ratchetLabels(suite);
  const replace = (given: SecretNode, at: number, count: number): SecretNode => {
    if (count === 1) return ratchets;
    const node = given.kind === 'secret' ? expandOnce(suite, labels, given.secret, count) : given;
    if (node.kind !== 'parent') throw new Error('secret tree of the wrong shape');
    const half = count / 2;
    return at < half
      ? { kind: 'parent', left: replace(node.left, at, half), right: node.right }
      : { kind: 'parent', left: node.left, right: replace(node.right, at - half, half) };
  };
  return { root: replace(tree.root, leafIndex, tree.leafCount), leafCount: tree.leafCount };
}

/** Key and nonce of one generation, and the ratchet as it is once they are used. */
export interface MessageKey {
  readonly generation: number;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ratchet: Ratchet;
}

/** Those of the skipped keys that are not too old once `generation` is used. */
function young(skipped: readonly SkippedKey[], generation: number): readonly SkippedKey[] {
  const oldest = generation - limits.maxSkippedAge;
  if (skipped.length === 0 || skipped[0]!.generation >= oldest) return skipped;
  return skipped.filter((each) => each.generation >= oldest);
}

/** Key for the next message to send. */
export function nextKey(suite: CipherSuite, ratchet: Ratchet): MessageKey {
  const labels = ratchetLabels(suite);
  const { secret, generation } = ratchet;
  ensure(generation < 0xffffffff, 'MLS-9.1-01');
  const [key, nonce, next] = expandMessage(suite, secret, labels, generation);
  return {
    generation,
    key: key!,
    nonce: nonce!,
    ratchet: { secret: next!, generation: generation + 1, skipped: young(ratchet.skipped, generation) },
  };
}

/**
 * Key for a received generation. Generations passed over leave key and nonce behind, the newest `maxKept` of them; one
 * used or dropped before is refused.
 */
export function keyForGeneration(
  suite: CipherSuite,
  ratchet: Ratchet,
  generation: number,
  maxAhead: number = limits.maxForwardGenerations,
  maxKept: number = limits.maxSkippedKeys,
): MessageKey {
  if (generation === ratchet.generation) return nextKey(suite, ratchet);
  if (generation < ratchet.generation) {
    const at = ratchet.skipped.findIndex((skipped) => skipped.generation === generation);
    const found = ratchet.skipped[at] ?? refuse('MLS-9.2-01');
    return {
      generation,
      // Copies: the caller clears what it used, and the old ratchet must stay whole until erased.
      key: found.key.slice(),
      nonce: found.nonce.slice(),
      ratchet: { ...ratchet, skipped: ratchet.skipped.toSpliced(at, 1) },
    };
  }
  const ahead = generation - ratchet.generation;
  ensure(ahead <= maxAhead && generation < 0xffffffff, 'MLS-P-11');
  const labels = ratchetLabels(suite);
  const skipped = ratchet.skipped.slice();
  let secret = ratchet.secret;
  for (let passed = ratchet.generation; passed < generation; passed++) {
    let next: Uint8Array;
    if (generation - passed <= maxKept) {
      const [key, nonce, following] = expandMessage(suite, secret, labels, passed);
      skipped.push({ generation: passed, key: key!, nonce: nonce! });
      next = following!;
    } else {
      next = expandGeneration(suite, secret, labels.secret, passed);
    }
    if (secret !== ratchet.secret) secret.fill(0);
    secret = next;
  }
  const made = nextKey(suite, { secret, generation, skipped: maxKept === 0 ? [] : skipped.slice(-maxKept) });
  secret.fill(0);
  return made;
}
