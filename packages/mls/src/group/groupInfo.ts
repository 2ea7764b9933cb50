import { type CipherSuite, equalBytes } from '@sotto/primitives';
import { decodeWith } from '../codec/reader.ts';
import { encodeWith } from '../codec/writer.ts';
import { signWithLabel, verifyWithLabel } from '../labels/labels.ts';
import { limits } from '../limits.ts';
import { manyMembers, takeTurns } from '../pace.ts';
import { ensure, type Refused, refuse, settle } from '../refusal.ts';
import { externalKeys } from '../schedule/keySchedule.ts';
import { type Extension, findExtension, hasDuplicateExtensions } from '../structs/extension.ts';
import type { GroupContext } from '../structs/groupContext.ts';
import { type GroupInfo, writeGroupInfoTbs } from '../structs/groupInfo.ts';
import { encodeMlsMessage, readMlsMessage } from '../structs/mlsMessage.ts';
import { extensionTypes, protocolVersion } from '../structs/registry.ts';
import { areParentHashesValid } from '../tree/parentHash.ts';
import type { RatchetTree } from '../tree/ratchetTree.ts';
import { encodeRatchetTree, readRatchetTree } from '../tree/ratchetTreeCodec.ts';
import { treeHash } from '../tree/treeHash.ts';
import {
  areEncryptionKeysUnique,
  areSignatureKeysUnique,
  areUnmergedLeavesValid,
  isAsSmallAsItsMembers,
} from '../tree/treeStructure.ts';
import { checkUsable } from './epoch.ts';
import { checkGroupExtensions } from './groupExtensions.ts';
import { checkGroupCapabilities, checkLeafContents, checkLeafSignatures } from './leafChecks.ts';
import { memberIn, membersOf } from './member.ts';
import type { GroupState, Member, Signer, VerifiedGroupInfo } from './types.ts';

/** GroupInfo (RFC 9420 §12.4.3): made, and checked together with the tree it speaks of. */

export interface GroupInfoInput {
  readonly groupContext: GroupContext;
  readonly confirmationTag: Uint8Array;
  readonly externalSecret: Uint8Array;
  readonly tree: RatchetTree;
  readonly signerLeaf: number;
  readonly ratchetTree: 'beside' | 'inside';
  readonly extensions: readonly Extension[];
}

/** A signed GroupInfo with external_pub, and the tree where wanted. */
export async function signGroupInfo(
  suite: CipherSuite,
  signer: Signer,
  input: GroupInfoInput,
): Promise<GroupInfo> {
  const external = await externalKeys(suite, input.externalSecret);
  external.privateKey.fill(0);
  const extensions: Extension[] = [
    // ExternalPub is a struct around HPKEPublicKey, so the data is the length-prefixed key.
    { type: extensionTypes.externalPub, data: encodeWith(external.publicKey, (w, key) => w.opaque(key)) },
    ...input.extensions,
  ];
  if (input.ratchetTree === 'inside') {
    extensions.push({ type: extensionTypes.ratchetTree, data: encodeRatchetTree(input.tree) });
  }
  const unsigned = {
    groupContext: input.groupContext,
    extensions,
    confirmationTag: input.confirmationTag,
    signer: input.signerLeaf,
  };
  const tbs = encodeWith(unsigned, writeGroupInfoTbs, 2048);
  return { ...unsigned, signature: await signWithLabel(signer, 'GroupInfoTBS', tbs) };
}

/** MLSMessage with a GroupInfo of the current epoch, for external joins. */
export async function groupInfo(
  state: GroupState,
  signer: Signer,
  ratchetTree: 'beside' | 'inside' = 'beside',
  extensions: readonly Extension[] = [],
): Promise<Uint8Array> {
  checkUsable(state);
  const signed = await signGroupInfo(state.suite, signer, {
    groupContext: state.groupContext,
    confirmationTag: state.own.confirmationTag,
    externalSecret: state.own.secrets.externalSecret,
    tree: state.tree,
    signerLeaf: state.ownLeafIndex,
    ratchetTree,
    extensions,
  });
  return encodeMlsMessage({ kind: 'groupInfo', groupInfo: signed });
}

/** The key for external joins; null where the GroupInfo does not offer it. */
export function externalPubIn(extensions: readonly Extension[]): Uint8Array | null {
  const data = findExtension(extensions, extensionTypes.externalPub);
  return data && decodeWith(data, (reader) => reader.opaque());
}

/** Tree validation for one who joins (RFC 9420 §12.4.3.1). Lifetimes are not asked of members. */
async function checkTree(suite: CipherSuite, context: GroupContext, tree: RatchetTree): Promise<void> {
  // Each of the steps below takes some milliseconds for a thousand members.
  const isLarge = tree.leafCount >= manyMembers;
  if (isLarge) await takeTurns();
  ensure(equalBytes(treeHash(suite, tree), context.treeHash), 'MLS-7.8-01');
  if (isLarge) await takeTurns();
  ensure(isAsSmallAsItsMembers(tree), 'MLS-7.7-01');
  // Sizes first: what is compared and hashed below is then as long as it should be.
  for (const leaf of tree.leaves) if (leaf) await checkLeafContents(suite, leaf);
  for (const parent of tree.parents) {
    if (parent) ensure(await suite.hpke.isPublicKey(parent.encryptionKey), 'MLS-12.4.3.1-11');
  }
  if (isLarge) await takeTurns();
  ensure(areUnmergedLeavesValid(tree), 'MLS-12.4.3.1-10');
  ensure(areParentHashesValid(suite, tree), 'MLS-7.9.2-01');
  if (isLarge) await takeTurns();
  ensure(areEncryptionKeysUnique(tree), 'MLS-7.3-07');
  ensure(areSignatureKeysUnique(tree), 'MLS-7.3-08');
  checkGroupCapabilities(tree, context.extensions);
  await checkLeafSignatures(suite, tree, context.groupId);
}

/** Checks a GroupInfo with its tree, from its own extension or beside it; nothing in it is trusted before. */
export async function checkGroupInfo(
  suite: CipherSuite,
  info: GroupInfo,
  treeBeside: Uint8Array | null,
): Promise<{ readonly tree: RatchetTree; readonly signer: Member }> {
  const { groupContext: context } = info;
  ensure(context.version === protocolVersion, 'MLS-12.4.3-01');
  ensure(context.cipherSuite === suite.id, 'MLS-12.4.3-02');
  ensure(!hasDuplicateExtensions(info.extensions), 'MLS-12.4.3-06');
  checkGroupExtensions(context.extensions);
  const inside = findExtension(info.extensions, extensionTypes.ratchetTree);
  const bytes = inside ?? treeBeside ?? refuse('MLS-12.4.3-05');
  ensure(bytes.length <= limits.maxTreeBytes, 'MLS-P-09');
  const tree = decodeWith(bytes, readRatchetTree);
  ensure(info.signer < tree.leafCount, 'MLS-12.4.3-03');
  const signer = memberIn(tree, info.signer) ?? refuse('MLS-12.4.3-03');
  const tbs = encodeWith(info, writeGroupInfoTbs, 2048);
  const valid = await verifyWithLabel(suite, signer.signatureKey, 'GroupInfoTBS', tbs, info.signature);
  ensure(valid, 'MLS-12.4.3-04');
  await checkTree(suite, context, tree);
  return { tree, signer };
}

/** Decodes and checks a GroupInfo (MLSMessage) for an external join. */
export function verifyGroupInfo(
  suite: CipherSuite,
  bytes: Uint8Array,
  ratchetTree: Uint8Array | null,
): Promise<VerifiedGroupInfo | Refused> {
  return settle(async () => {
    ensure(bytes.length <= limits.maxMessageBytes, 'MLS-P-05');
    const message = decodeWith(bytes, readMlsMessage);
    ensure(message.kind === 'groupInfo', 'MLS-6-03');
    const info = message.groupInfo;
    const { tree, signer } = await checkGroupInfo(suite, info, ratchetTree);
    return {
      kind: 'verifiedGroupInfo',
      groupContext: info.groupContext,
      roster: membersOf(tree),
      signer,
      extensions: info.extensions,
      tree,
      confirmationTag: info.confirmationTag,
      suite,
    };
  });
}
