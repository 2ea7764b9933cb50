import type { CipherSuite, HpkeKeyPair } from '@sotto/primitives';
import { encodeWith } from '../codec/writer.ts';
import { membershipTagOf, signContent } from '../framing/authenticate.ts';
import { enterEpoch } from '../group/epoch.ts';
import { signLeafNode } from '../group/keyPackage.ts';
import type { GroupState, LeafOptions, Signer } from '../group/types.ts';
import { deriveSecret } from '../labels/labels.ts';
import type { Commit, ProposalOrRef } from '../structs/commit.ts';
import type { Extension } from '../structs/extension.ts';
import type { Content, FramedContent, Sender } from '../structs/framedContent.ts';
import { writeGroupContext } from '../structs/groupContext.ts';
import { encodeMlsMessage } from '../structs/mlsMessage.ts';
import type { Proposal } from '../structs/proposal.ts';
import { wireFormats } from '../structs/registry.ts';
import type { UpdatePath } from '../structs/updatePath.ts';
import { leafAt, TreeEditor } from '../tree/ratchetTree.ts';
import { freshPath, placePath, sealPath } from '../tree/sealPath.ts';
import { treeHash } from '../tree/treeHash.ts';

/** What a malicious member with all its own keys can send: correctly signed and tagged, and wrong otherwise. */

export interface Forgery {
  readonly proposals?: readonly Proposal[];
  readonly references?: readonly Uint8Array[];
  /** What the proposals do to the tree, as the forger wants it; returns the leaves it added. */
  readonly edit?: (tree: TreeEditor) => readonly number[];
  readonly extensions?: readonly Extension[];
  readonly path: boolean;
  readonly leaf?: Partial<LeafOptions>;
  /** Keys of the forger's new leaf; fresh ones where absent. */
  readonly leafKeys?: HpkeKeyPair;
  /** Changes the path after it was made and before it is signed. */
  readonly changePath?: (path: UpdatePath) => UpdatePath;
}

interface ForgedPath {
  readonly path: UpdatePath;
  readonly commitSecret: Uint8Array;
}

async function forgePath(
  state: GroupState,
  signer: Signer,
  tree: TreeEditor,
  forgery: Forgery,
  added: ReadonlySet<number>,
): Promise<ForgedPath> {
  const { suite, groupContext, ownLeafIndex } = state;
  const fresh = await freshPath(suite, tree, ownLeafIndex);
  const keys = forgery.leafKeys ?? (await suite.hpke.generateKeyPair());
  const parentHash = placePath(suite, tree, ownLeafIndex, fresh.steps, fresh.publicKeys);
  const old = leafAt(tree, ownLeafIndex)!;
  const options = { ...old, ...forgery.leaf };
  const position = { groupId: groupContext.groupId, leafIndex: ownLeafIndex };
  const source = { kind: 'commit', parentHash } as const;
  const leafNode = await signLeafNode(suite, signer, options, keys.publicKey, source, position);
  tree.setLeaf(ownLeafIndex, leafNode);
  const context = {
    ...groupContext,
    epoch: groupContext.epoch + 1n,
    treeHash: treeHash(suite, tree),
    extensions: forgery.extensions ?? groupContext.extensions,
  };
  const nodes = await sealPath(suite, tree, fresh, added, encodeWith(context, writeGroupContext));
  const path = { leafNode, nodes };
  return { path: forgery.changePath?.(path) ?? path, commitSecret: fresh.commitSecret };
}

/** A commit of the given member as a PublicMessage. */
export async function forgeCommit(state: GroupState, signer: Signer, forgery: Forgery): Promise<Uint8Array> {
  const { suite, groupContext, own } = state;
  const tree = new TreeEditor(state.tree);
  const added = new Set(forgery.edit?.(tree) ?? []);
  const forged = forgery.path ? await forgePath(state, signer, tree, forgery, added) : null;
  const proposals: ProposalOrRef[] = [
    ...(forgery.proposals ?? []).map((proposal) => ({ kind: 'proposal', proposal }) as const),
    ...(forgery.references ?? []).map((reference) => ({ kind: 'reference', reference }) as const),
  ];
  const commit: Commit = { proposals, path: forged?.path ?? null };
  const content = framed(state, { kind: 'commit', commit });
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
    initSecret: own.secrets.initSecret,
    commitSecret: forged?.commitSecret ?? new Uint8Array(suite.kdf.size),
    pskSecret: new Uint8Array(suite.kdf.size),
  });
  return tagged(state, content, signature, entered.confirmationTag);
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
): Promise<Uint8Array> {
  const message = framed(state, content, sender);
  const contextBytes = state.own.frame.groupContextBytes;
  const signature = await signContent(signer, wireFormats.publicMessage, message, contextBytes);
  const tag = content.kind === 'commit' ? deriveSecret(state.suite, signature, 'no tag') : null;
  return tagged(state, message, signature, tag);
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
