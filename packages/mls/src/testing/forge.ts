import type { CipherSuite, HpkeKeyPair } from '@sotto/primitives';
import { encodeWith, Writer } from '../codec/writer.ts';
import { membershipTagOf, signContent } from '../framing/authenticate.ts';
import { enterEpoch } from '../group/epoch.ts';
import type { GroupState, Signer } from '../group/types.ts';
import { deriveSecret } from '../labels/labels.ts';
import { externalKeys, sealExternalInit } from '../schedule/keySchedule.ts';
import { type PreSharedKey, pskSecretOf } from '../schedule/pskSecret.ts';
import type { Commit, ProposalOrRef } from '../structs/commit.ts';
import type { Extension } from '../structs/extension.ts';
import type { Content, FramedContent, Sender } from '../structs/framedContent.ts';
import { writeGroupContext } from '../structs/groupContext.ts';
import type { LeafNodeSource, LeafPosition } from '../structs/leafNode.ts';
import { encodeMlsMessage } from '../structs/mlsMessage.ts';
import type { Proposal } from '../structs/proposal.ts';
import { wireFormats } from '../structs/registry.ts';
import type { UpdatePath } from '../structs/updatePath.ts';
import { leafAt, TreeEditor } from '../tree/ratchetTree.ts';
import { freshPath, placePath, sealPath } from '../tree/sealPath.ts';
import { treeHash } from '../tree/treeHash.ts';
import { forgeLeaf, type LeafChanges } from './forgeLeaf.ts';

/** What a malicious member with all its own keys can send: correctly signed and tagged, and wrong otherwise. */

export interface Forgery {
  readonly proposals?: readonly Proposal[];
  readonly references?: readonly Uint8Array[];
  /** What the proposals do to the tree, as the forger wants it; returns the leaves it added. */
  readonly edit?: (tree: TreeEditor) => readonly number[];
  readonly extensions?: readonly Extension[];
  /** Pre-shared keys that go into the epoch. */
  readonly psks?: readonly PreSharedKey[];
  readonly path: boolean;
  readonly leaf?: LeafChanges;
  /** Keys of the forger's new leaf; fresh ones where absent. */
  readonly leafKeys?: HpkeKeyPair;
  readonly leafSource?: (parentHash: Uint8Array) => LeafNodeSource;
  readonly leafPosition?: LeafPosition;
  /** Public keys that go into the path and the tree. */
  readonly publicKeys?: (keys: readonly Uint8Array[]) => readonly Uint8Array[];
  /** The secrets that are encrypted. */
  readonly pathSecrets?: (secrets: readonly Uint8Array[]) => readonly Uint8Array[];
  /** Changes the path after it was made and before it is signed. */
  readonly changePath?: (path: UpdatePath) => UpdatePath;
  /** Commits from outside, with what the proposals are for a KEM output. */
  readonly external?: (kemOutput: Uint8Array) => readonly Proposal[];
  readonly confirmationTag?: (tag: Uint8Array) => Uint8Array;
  readonly sender?: Sender;
}

interface ForgedPath {
  readonly path: UpdatePath;
  readonly commitSecret: Uint8Array;
}

async function forgePath(
  state: GroupState,
  signer: Signer,
  leafIndex: number,
  tree: TreeEditor,
  forgery: Forgery,
  added: ReadonlySet<number>,
): Promise<ForgedPath> {
  const { suite, groupContext } = state;
  const made = await freshPath(suite, tree, leafIndex);
  const fresh = {
    ...made,
    publicKeys: forgery.publicKeys?.(made.publicKeys) ?? made.publicKeys,
    pathSecrets: forgery.pathSecrets?.(made.pathSecrets) ?? made.pathSecrets,
  };
  const keys = forgery.leafKeys ?? (await suite.hpke.generateKeyPair());
  const parentHash = placePath(suite, tree, leafIndex, fresh.steps, fresh.publicKeys);
  const leafNode = await forgeLeaf(
    suite,
    signer,
    { ...leafAt(tree, leafIndex)!, encryptionKey: keys.publicKey },
    forgery.leaf ?? {},
    forgery.leafSource?.(parentHash) ?? { kind: 'commit', parentHash },
    forgery.leafPosition ?? { groupId: groupContext.groupId, leafIndex },
  );
  tree.setLeaf(leafIndex, leafNode);
  const context = {
    ...groupContext,
    epoch: groupContext.epoch + 1n,
    treeHash: treeHash(suite, tree),
    extensions: forgery.extensions ?? groupContext.extensions,
  };
  const nodes = await sealPath(suite, tree, fresh, added, encodeWith(context, writeGroupContext));
  const path = { leafNode, nodes };
  return { path: forgery.changePath?.(path) ?? path, commitSecret: made.commitSecret };
}

/** The tree a forged commit leads to, beside the commit itself as a PublicMessage. */
export async function forgeCommitAndTree(
  state: GroupState,
  signer: Signer,
  forgery: Forgery,
): Promise<{ readonly bytes: Uint8Array; readonly tree: TreeEditor }> {
  const { suite, groupContext, own } = state;
  const tree = new TreeEditor(state.tree);
  const added = new Set(forgery.edit?.(tree) ?? []);
  let leafIndex = state.ownLeafIndex;
  let { initSecret } = own.secrets;
  let byValue = forgery.proposals ?? [];
  if (forgery.external) {
    const { publicKey } = await externalKeys(suite, own.secrets.externalSecret);
    const init = await sealExternalInit(suite, publicKey);
    initSecret = init.initSecret;
    byValue = forgery.external(init.kemOutput);
    leafIndex = tree.add(leafAt(state.tree, state.ownLeafIndex)!);
  }
  const forged = forgery.path ? await forgePath(state, signer, leafIndex, tree, forgery, added) : null;
  const proposals: ProposalOrRef[] = [
    ...byValue.map((proposal) => ({ kind: 'proposal', proposal }) as const),
    ...(forgery.references ?? []).map((reference) => ({ kind: 'reference', reference }) as const),
  ];
  const commit: Commit = { proposals, path: forged?.path ?? null };
  const sender = forgery.sender ?? (forgery.external && ({ kind: 'newMemberCommit' } as const));
  const content = framed(state, { kind: 'commit', commit }, sender);
  const format = wireFormats.publicMessage;
  const signature = await signContent(signer, format, content, own.frame.groupContextBytes);
  const entered = enterEpoch(suite, {
    provisionalContext: {
      ...groupContext,
      epoch: groupContext.epoch + 1n,
      treeHash: treeHash(suite, tree),
      extensions: forgery.extensions ?? groupContext.extensions,
    },
    interimBefore: own.interimTranscriptHash,
    wireFormat: format,
    content,
    signature,
    initSecret,
    commitSecret: forged?.commitSecret ?? new Uint8Array(suite.kdf.size),
    pskSecret: pskSecretOf(suite, forgery.psks ?? []),
  });
  const tag = forgery.confirmationTag?.(entered.confirmationTag) ?? entered.confirmationTag;
  return { bytes: tagged(state, content, signature, tag), tree };
}

/** A commit of the given member as a PublicMessage. */
export async function forgeCommit(state: GroupState, signer: Signer, forgery: Forgery): Promise<Uint8Array> {
  return (await forgeCommitAndTree(state, signer, forgery)).bytes;
}

function framed(state: GroupState, content: Content, sender?: Sender): FramedContent {
  const { groupId, epoch } = state.groupContext;
  return {
    groupId,
    epoch,
    sender: sender ?? { kind: 'member', leafIndex: state.ownLeafIndex },
    authenticatedData: new Uint8Array(0),
    content,
  };
}

function tagged(
  state: GroupState,
  content: FramedContent,
  signature: Uint8Array,
  confirmationTag: Uint8Array | null,
): Uint8Array {
  const auth = { signature, confirmationTag };
  const { membershipKey } = state.own.secrets;
  const message = { content, auth };
  const membershipTag =
    content.sender.kind === 'member'
      ? membershipTagOf(state.suite, membershipKey, message, state.own.frame.groupContextBytes)
      : null;
  return encodeMlsMessage({ kind: 'publicMessage', publicMessage: { ...message, membershipTag } });
}

/** Any content, signed and tagged by the given signer. */
export async function forgeMessage(
  state: GroupState,
  signer: Signer,
  content: Content,
  sender?: Sender,
  signedFormat: number = wireFormats.publicMessage,
): Promise<Uint8Array> {
  const message = framed(state, content, sender);
  const contextBytes = state.own.frame.groupContextBytes;
  const signature = await signContent(signer, signedFormat, message, contextBytes);
  const tag = content.kind === 'commit' ? deriveSecret(state.suite, signature, 'no tag') : null;
  return tagged(state, message, signature, tag);
}

/** A state that says of itself what the forger wants its messages to say. */
export function pretending(state: GroupState, context: Partial<GroupState['groupContext']>): GroupState {
  const groupContext = { ...state.groupContext, ...context };
  const head = new Writer(64).opaque(groupContext.groupId).u64(groupContext.epoch).finish();
  return { ...state, groupContext, own: { ...state.own, frame: { ...state.own.frame, head } } };
}

/** A suite that counts its hashing. */
export function countingSuite(suite: CipherSuite): { readonly suite: CipherSuite; digests: () => number } {
  let count = 0;
  const hash = {
    size: suite.hash.size,
    digest: (data: Uint8Array): Uint8Array => {
      count++;
      return suite.hash.digest(data);
    },
    hmac: suite.hash.hmac,
  };
  return { suite: { ...suite, hash }, digests: () => count };
}
