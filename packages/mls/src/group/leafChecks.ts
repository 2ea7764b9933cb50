import { type Awaitable, type CipherSuite, equalBytes } from '@sotto/primitives';
import { encodeWith } from '../codec/writer.ts';
import { signContentWith } from '../labels/labels.ts';
import { limits } from '../limits.ts';
import { Pace } from '../pace.ts';
import { ensure } from '../refusal.ts';
import { type Credential, credentialType, writeCredential } from '../structs/credential.ts';
import { type Extension, hasDuplicateExtensions } from '../structs/extension.ts';
import { type LeafNode, type LeafPosition, writeLeafNodeTbs } from '../structs/leafNode.ts';
import { protocolVersion } from '../structs/registry.ts';
import type { RatchetTree } from '../tree/ratchetTree.ts';
import {
  extensionTypesToSupport,
  isDefaultExtension,
  isDefaultProposal,
  requiredCapabilitiesIn,
} from './groupExtensions.ts';
import type { LeafPolicy } from './types.ts';

/** Leaf node validation (RFC 9420 §7.3). */

function isLeafSignatureValid(
  suite: CipherSuite,
  leaf: LeafNode,
  position: LeafPosition,
): Awaitable<boolean> {
  const signed = signContentWith('LeafNodeTBS', (writer) => writeLeafNodeTbs(writer, leaf, position));
  return suite.signature.verify(leaf.signatureKey, signed, leaf.signature);
}

export async function checkLeafSignature(
  suite: CipherSuite,
  leaf: LeafNode,
  position: LeafPosition,
): Promise<void> {
  ensure(await isLeafSignatureValid(suite, leaf, position), 'MLS-7.3-01');
}

/** Signatures that are verified at the same time, where the provider does so (a browser may have threads for it). */
const signaturesInFlight = 16;

/** The signatures of all leaves of a tree. */
export async function checkLeafSignatures(
  suite: CipherSuite,
  tree: RatchetTree,
  groupId: Uint8Array,
): Promise<void> {
  const pace = new Pace();
  let inFlight: Awaitable<boolean>[] = [];
  const land = async (): Promise<void> => {
    const answers = await Promise.all(inFlight);
    inFlight = [];
    ensure(answers.every(Boolean), 'MLS-7.3-01');
  };
  for (const [leafIndex, leaf] of tree.leaves.entries()) {
    if (leaf === null) continue;
    await pace.step();
    inFlight.push(isLeafSignatureValid(suite, leaf, { groupId, leafIndex }));
    if (inFlight.length === signaturesInFlight) await land();
  }
  await land();
}

/** What a leaf says of itself must be consistent, and its keys must be keys of the suite. */
export function checkLeafContents(suite: CipherSuite, leaf: LeafNode): Awaitable<void> {
  const { capabilities } = leaf;
  ensure(capabilities.versions.includes(protocolVersion), 'MLS-7.2-04');
  ensure(capabilities.cipherSuites.includes(suite.id), 'MLS-7.2-05');
  ensure(capabilities.credentials.includes(credentialType(leaf.credential)), 'MLS-7.2-06');
  ensure(!hasDuplicateExtensions(leaf.extensions), 'MLS-7.2-08');
  for (const { type } of leaf.extensions) {
    ensure(isDefaultExtension(type) || capabilities.extensions.includes(type), 'MLS-7.2-07');
  }
  ensure(leaf.signatureKey.length === suite.signature.publicKeySize, 'MLS-7.3-02');
  const isKey = suite.hpke.isPublicKey(leaf.encryptionKey);
  if (isKey instanceof Promise) return isKey.then((is) => ensure(is, 'MLS-7.3-03'));
  ensure(isKey, 'MLS-7.3-03');
}

/** Lifetime of a leaf that is being added. Not asked of members already there (RFC 9420 §7.3). */
export function checkLifetime(leaf: LeafNode, policy: LeafPolicy): void {
  ensure(leaf.source.kind === 'keyPackage', 'MLS-10.1-03');
  const { notBefore, notAfter } = leaf.source.lifetime;
  const now = BigInt(Math.floor(policy.nowMs / 1000));
  const skew = BigInt(limits.lifetimeSkewSeconds);
  ensure(notBefore <= notAfter && now + skew >= notBefore && now <= notAfter + skew, 'MLS-7.2-02');
  const longest = policy.maxLifetimeSeconds ?? limits.maxLifetimeSeconds;
  ensure(Number(notAfter - notBefore) <= longest, 'MLS-7.2-03');
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
  for (const leaf of tree.leaves) if (leaf) credentials.add(credentialType(leaf.credential));
  const credentialTypes = [...credentials];
  for (const leaf of tree.leaves) {
    if (!leaf) continue;
    const { capabilities } = leaf;
    ensure(listsAll(types, capabilities.extensions), 'MLS-11.1-01');
    ensure(listsAll(proposals, capabilities.proposals), 'MLS-11.1-02');
    ensure(listsAll(credentialTypes, capabilities.credentials), 'MLS-7.3-09');
  }
}

/**
 * True where `leaf` is at least what `member` is as far as `checkGroupCapabilities` asks: of the same credential type, and
 * listing all that `member` lists.
 */
export function fitsWhere(member: LeafNode, leaf: LeafNode): boolean {
  const { capabilities: listed } = member;
  const { capabilities } = leaf;
  return (
    leaf.credential.kind === member.credential.kind &&
    extendsList(listed.extensions, capabilities.extensions) &&
    extendsList(listed.proposals, capabilities.proposals) &&
    extendsList(listed.credentials, capabilities.credentials)
  );
}

/** False also where `listed` is the longer list, having types twice: what is looked at is in proportion to what came. */
function extendsList(listed: readonly number[], list: readonly number[]): boolean {
  return listed.length <= list.length && listsAll(listed, list);
}

/** A few types are looked for one by one; more than that, and lists as long as messages allow would take minutes. */
const fewTypes = 8;

function listsAll(wanted: readonly number[], listed: readonly number[]): boolean {
  if (wanted.length <= fewTypes) {
    for (const type of wanted) if (!listed.includes(type)) return false;
    return true;
  }
  const types = new Set(listed);
  return wanted.every((type) => types.has(type));
}

function encodeCredential(credential: Credential): Uint8Array {
  return encodeWith(credential, writeCredential);
}

/** Default of `LeafPolicy.isSuccessor`. */
function hasSameCredential(before: LeafNode, after: LeafNode): boolean {
  return equalBytes(encodeCredential(before.credential), encodeCredential(after.credential));
}

export function checkSuccessor(before: LeafNode, after: LeafNode, policy: LeafPolicy): void {
  ensure((policy.isSuccessor ?? hasSameCredential)(before, after), 'MLS-5.3.1-01');
}
