import type { CipherSuite } from '@sotto/primitives';
import { Writer } from '../codec/writer.ts';
import { verifyWithLabel } from '../labels/labels.ts';
import { limits } from '../limits.ts';
import { ensure } from '../refusal.ts';
import { type Credential, credentialType, writeCredential } from '../structs/credential.ts';
import { type Extension, hasDuplicateExtensions } from '../structs/extension.ts';
import { type LeafNode, type LeafPosition, writeLeafNodeTbs } from '../structs/leafNode.ts';
import { protocolVersion } from '../structs/registry.ts';
import { filledLeaves, type RatchetTree } from '../tree/ratchetTree.ts';
import {
  extensionTypesToSupport,
  isDefaultExtension,
  isDefaultProposal,
  requiredCapabilitiesIn,
} from './groupExtensions.ts';
import type { LeafPolicy } from './types.ts';

/** Leaf node validation (RFC 9420 §7.3). */

export async function checkLeafSignature(
  suite: CipherSuite,
  leaf: LeafNode,
  position: LeafPosition,
): Promise<void> {
  const tbs = new Writer(1024);
  writeLeafNodeTbs(tbs, leaf, position);
  const valid = await verifyWithLabel(suite, leaf.signatureKey, 'LeafNodeTBS', tbs.finish(), leaf.signature);
  ensure(valid, 'invalid_signature');
}

/** What a leaf says of itself must be consistent, and its keys must be keys of the suite. */
export async function checkLeafContents(suite: CipherSuite, leaf: LeafNode): Promise<void> {
  const { capabilities } = leaf;
  ensure(capabilities.versions.includes(protocolVersion), 'capabilities_missing');
  ensure(capabilities.cipherSuites.includes(suite.id), 'capabilities_missing');
  ensure(capabilities.credentials.includes(credentialType(leaf.credential)), 'capabilities_missing');
  ensure(!hasDuplicateExtensions(leaf.extensions), 'invalid_leaf_node');
  for (const { type } of leaf.extensions) {
    ensure(isDefaultExtension(type) || capabilities.extensions.includes(type), 'capabilities_missing');
  }
  ensure(leaf.signatureKey.length === suite.signature.publicKeySize, 'invalid_leaf_node');
  ensure(await suite.hpke.isPublicKey(leaf.encryptionKey), 'invalid_leaf_node');
}

/** Lifetime of a leaf that is being added. Not asked of members already there (RFC 9420 §7.3). */
export function checkLifetime(leaf: LeafNode, policy: LeafPolicy): void {
  ensure(leaf.source.kind === 'keyPackage', 'invalid_leaf_node');
  const { notBefore, notAfter } = leaf.source.lifetime;
  const now = BigInt(Math.floor(policy.nowMs / 1000));
  const skew = BigInt(limits.lifetimeSkewSeconds);
  ensure(notBefore <= notAfter && now + skew >= notBefore && now <= notAfter + skew, 'lifetime_out_of_range');
  const longest = policy.maxLifetimeSeconds ?? limits.maxLifetimeSeconds;
  ensure(Number(notAfter - notBefore) <= longest, 'lifetime_out_of_range');
}

/** Every member supports what the group requires and uses, and every credential type in use. */
export function checkGroupCapabilities(tree: RatchetTree, extensions: readonly Extension[]): void {
  const required = requiredCapabilitiesIn(extensions);
  const types = [
    ...extensionTypesToSupport(extensions),
    ...required.extensions.filter((type) => !isDefaultExtension(type)),
  ];
  const proposals = required.proposals.filter((type) => !isDefaultProposal(type));
  const credentials = new Set(required.credentials);
  for (const [, leaf] of filledLeaves(tree)) credentials.add(credentialType(leaf.credential));
  for (const [, { capabilities }] of filledLeaves(tree)) {
    const supported =
      types.every((type) => capabilities.extensions.includes(type)) &&
      proposals.every((type) => capabilities.proposals.includes(type)) &&
      [...credentials].every((type) => capabilities.credentials.includes(type));
    ensure(supported, 'capabilities_missing');
  }
}

function encodeCredential(credential: Credential): string {
  const writer = new Writer(512);
  writeCredential(writer, credential);
  return writer.finish().join();
}

/** Default of `LeafPolicy.isSuccessor`. */
function hasSameCredential(before: LeafNode, after: LeafNode): boolean {
  return encodeCredential(before.credential) === encodeCredential(after.credential);
}

export function checkSuccessor(before: LeafNode, after: LeafNode, policy: LeafPolicy): void {
  ensure((policy.isSuccessor ?? hasSameCredential)(before, after), 'invalid_leaf_node');
}
