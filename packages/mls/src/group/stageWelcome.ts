import { type CipherSuite, equalBytes } from '@sotto/primitives';
import { decodeWith } from '../codec/reader.ts';
import { encodeWith } from '../codec/writer.ts';
import { type EpochFrame, epochFrame } from '../framing/epochFrame.ts';
import { decryptWithLabel, emptyBytes } from '../labels/labels.ts';
import { limits } from '../limits.ts';
import { asRefusal, ensure, type Refused, refuse, settle } from '../refusal.ts';
import {
  type DerivedEpoch,
  deriveEpoch,
  epochSecretOf,
  welcomeKeys,
  welcomeSecretOf,
} from '../schedule/keySchedule.ts';
import { confirmationTagOf } from '../schedule/transcriptHash.ts';
import { type Extension, writeExtensions } from '../structs/extension.ts';
import type { GroupContext } from '../structs/groupContext.ts';
import { type GroupInfo, readGroupInfo } from '../structs/groupInfo.ts';
import { writeLeafNode } from '../structs/leafNode.ts';
import { readMlsMessage } from '../structs/mlsMessage.ts';
import type { PreSharedKeyId } from '../structs/preSharedKeyId.ts';
import { type GroupSecrets, readGroupSecrets, type Welcome } from '../structs/welcome.ts';
import { climb } from '../tree/openPath.ts';
import { filledLeaves, isBlank, parentAt, type RatchetTree, TreeEditor } from '../tree/ratchetTree.ts';
import { commonAncestor, directPath } from '../tree/treeMath.ts';
import { stateOf } from './epoch.ts';
import { checkGroupInfo } from './groupInfo.ts';
import { memberIn, membersOf } from './member.ts';
import { checkPskIds, gatherPskSecret, nameOf } from './psks.ts';
import type { OwnKeyPackage, Predecessor, StagedJoin, StageWelcomeOptions } from './types.ts';

/** Joining by Welcome (RFC 9420 §12.4.3.1). */

function decodeWelcome(bytes: Uint8Array): Welcome {
  ensure(bytes.length <= limits.maxMessageBytes, 'MLS-P-05');
  const message = decodeWith(bytes, readMlsMessage);
  return message.kind === 'welcome' ? message.welcome : refuse('MLS-6-03');
}

/** KeyPackageRefs a Welcome is for, to find the own KeyPackage by. */
export function welcomeRecipients(welcome: Uint8Array): readonly Uint8Array[] | Refused {
  try {
    return decodeWelcome(welcome).secrets.map((each) => each.newMember);
  } catch (error) {
    return asRefusal(error);
  }
}

async function openGroupSecrets(
  suite: CipherSuite,
  welcome: Welcome,
  keyPackage: OwnKeyPackage,
): Promise<GroupSecrets> {
  const mine =
    welcome.secrets.find((each) => equalBytes(each.newMember, keyPackage.reference)) ??
    refuse('MLS-12.4.3.1-01');
  const plain = await decryptWithLabel(
    suite,
    keyPackage.initPrivateKey,
    'Welcome',
    welcome.encryptedGroupInfo,
    mine.encryptedGroupSecrets,
  );
  if (plain === null) return refuse('MLS-12.4.3.1-02');
  const secrets = decodeWith(plain, readGroupSecrets);
  plain.fill(0);
  ensure(secrets.joinerSecret.length === suite.kdf.size, 'MLS-12.4.3.1-03');
  return secrets;
}

function ownLeafIn(tree: RatchetTree, keyPackage: OwnKeyPackage): number {
  const own = encodeWith(keyPackage.keyPackage.leafNode, writeLeafNode, 2048);
  for (const [leafIndex, leaf] of filledLeaves(tree)) {
    if (!equalBytes(leaf.encryptionKey, keyPackage.keyPackage.leafNode.encryptionKey)) continue;
    if (equalBytes(encodeWith(leaf, writeLeafNode, 2048), own)) return leafIndex;
  }
  return refuse('MLS-12.4.3.1-07');
}

async function pathKeys(
  suite: CipherSuite,
  tree: RatchetTree,
  pathSecret: Uint8Array,
  ownLeaf: number,
  signerLeaf: number,
): Promise<ReadonlyMap<number, Uint8Array>> {
  const ancestor = commonAncestor(ownLeaf, signerLeaf);
  const path = directPath(signerLeaf, tree.leafCount);
  const nodes = path.slice(path.indexOf(ancestor)).filter((node) => !isBlank(tree, node));
  ensure(nodes[0] === ancestor, 'MLS-12.4.3.1-09');
  ensure(pathSecret.length === suite.kdf.size, 'MLS-7.5-03');
  const climbed = await climb(suite, new TreeEditor(tree), pathSecret, nodes);
  climbed.commitSecret.fill(0);
  return climbed.privateKeys;
}

/**
 * The commit that added us set a node over us, and then its key comes with the Welcome; or it did not, and then we
 * are unmerged there. A Welcome that leaves a key out would have us fail at some later commit.
 */
function checkKeysAbove(
  tree: RatchetTree,
  ownLeaf: number,
  privateKeys: ReadonlyMap<number, Uint8Array>,
): void {
  for (const node of directPath(ownLeaf, tree.leafCount)) {
    const parent = parentAt(tree, node);
    if (parent === null || parent.unmergedLeaves.includes(ownLeaf)) continue;
    ensure(privateKeys.has(node), 'MLS-12.4.3.1-12');
  }
}

function sameExtensions(left: readonly Extension[], right: readonly Extension[]): boolean {
  return equalBytes(encodeWith(left, writeExtensions), encodeWith(right, writeExtensions));
}

/** RFC 9420 §11.2 and §11.3: what a group that follows or branches from another must agree in. */
function checkPredecessor(
  psks: readonly PreSharedKeyId[],
  context: GroupContext,
  predecessor: Predecessor | undefined,
): void {
  const links = psks.filter((id) => id.kind === 'resumption' && id.usage !== 'application');
  if (predecessor === undefined) {
    ensure(links.length === 0, 'MLS-11.2-01');
    return;
  }
  const link = links[0];
  const { state, usage } = predecessor;
  ensure(links.length === 1 && link?.kind === 'resumption' && link.usage === usage, 'MLS-11.2-02');
  ensure(context.epoch === 1n, 'MLS-11.2-03');
  ensure(equalBytes(link.groupId, state.groupContext.groupId), 'MLS-11.2-04');
  ensure(link.epoch === state.groupContext.epoch, 'MLS-11.2-05');
  if (usage === 'branch') {
    ensure(context.version === state.groupContext.version, 'MLS-11.3-01');
    ensure(context.cipherSuite === state.groupContext.cipherSuite, 'MLS-11.3-02');
    return;
  }
  const reInit = state.own.reInit ?? refuse('MLS-11.2-06');
  ensure(equalBytes(reInit.groupId, context.groupId), 'MLS-11.2-07');
  ensure(reInit.version === context.version, 'MLS-11.2-08');
  ensure(reInit.cipherSuite === context.cipherSuite, 'MLS-11.2-09');
  ensure(sameExtensions(reInit.extensions, context.extensions), 'MLS-11.2-10');
}

/** A Welcome decrypted, with the epoch it leads to; the tree has not been looked at. */
export interface OpenedWelcome {
  readonly info: GroupInfo;
  readonly psks: readonly PreSharedKeyId[];
  readonly pathSecret: Uint8Array | null;
  readonly frame: EpochFrame;
  readonly derived: DerivedEpoch;
  /** What the GroupInfo's confirmation tag must be. */
  readonly confirmationTag: Uint8Array;
}

export async function openWelcome(suite: CipherSuite, options: StageWelcomeOptions): Promise<OpenedWelcome> {
  const welcome = decodeWelcome(options.welcome);
  ensure(welcome.cipherSuite === suite.id, 'MLS-12.4.3.1-05');
  const secrets = await openGroupSecrets(suite, welcome, options.keyPackage);
  checkPskIds(suite, secrets.psks, true);
  const predecessor = options.predecessor?.state ?? null;
  const pskSecret = gatherPskSecret(suite, secrets.psks, options.psks, predecessor);
  const welcomeSecret = welcomeSecretOf(suite, secrets.joinerSecret, pskSecret);
  const { key, nonce } = welcomeKeys(suite, welcomeSecret);
  const plain = await suite.aead.open(key, nonce, emptyBytes, welcome.encryptedGroupInfo);
  welcomeSecret.fill(0);
  key.fill(0);
  if (plain === null) return refuse('MLS-12.4.3.1-04');
  const info = decodeWith(plain, readGroupInfo);
  const frame = epochFrame(info.groupContext);
  const epochSecret = epochSecretOf(suite, secrets.joinerSecret, pskSecret, frame.groupContextBytes);
  const derived = deriveEpoch(suite, epochSecret);
  secrets.joinerSecret.fill(0);
  pskSecret.fill(0);
  const { confirmedTranscriptHash } = info.groupContext;
  const confirmationTag = confirmationTagOf(suite, derived.confirmationKey, confirmedTranscriptHash);
  derived.confirmationKey.fill(0);
  return { info, psks: secrets.psks, pathSecret: secrets.pathSecret, frame, derived, confirmationTag };
}

/**
 * Opens and verifies a Welcome. The KeyPackage's private half is not touched: erase it once the state is
 * persisted.
 */
export function stageWelcome(
  suite: CipherSuite,
  options: StageWelcomeOptions,
): Promise<StagedJoin | Refused> {
  return settle(async () => {
    const { keyPackage } = options;
    const { info, psks, pathSecret, frame, derived, confirmationTag } = await openWelcome(suite, options);
    const { groupContext } = info;
    ensure(equalBytes(confirmationTag, info.confirmationTag), 'MLS-12.4.3.1-06');
    checkPredecessor(psks, groupContext, options.predecessor);
    const { tree, signer } = await checkGroupInfo(suite, info, options.ratchetTree ?? null);
    const ownLeafIndex = ownLeafIn(tree, keyPackage);
    ensure(ownLeafIndex !== signer.leafIndex, 'MLS-12.4.3.1-08');
    const privateKeys = new Map<number, Uint8Array>();
    privateKeys.set(ownLeafIndex * 2, keyPackage.leafPrivateKey.slice());
    if (pathSecret !== null) {
      const found = await pathKeys(suite, tree, pathSecret, ownLeafIndex, signer.leafIndex);
      for (const [node, privateKey] of found) privateKeys.set(node, privateKey);
    }
    checkKeysAbove(tree, ownLeafIndex, privateKeys);
    return {
      kind: 'stagedJoin',
      groupId: groupContext.groupId,
      epoch: groupContext.epoch,
      roster: membersOf(tree),
      adder: signer,
      own: memberIn(tree, ownLeafIndex)!,
      extensions: groupContext.extensions,
      psks: psks.map(nameOf),
      next: stateOf(suite, {
        groupContext,
        frame,
        derived,
        confirmationTag,
        tree,
        ownLeafIndex,
        privateKeys,
        reInit: null,
      }),
    };
  });
}
