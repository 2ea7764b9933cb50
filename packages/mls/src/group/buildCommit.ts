import type { CipherSuite } from '@sotto/primitives';
import { encodeWith } from '../codec/writer.ts';
import { signContent } from '../framing/authenticate.ts';
import { manyMembers, takeTurns } from '../pace.ts';
import type { Commit } from '../structs/commit.ts';
import type { Extension } from '../structs/extension.ts';
import type { FramedContent, FramedContentAuth, Sender } from '../structs/framedContent.ts';
import { type GroupContext, writeGroupContext } from '../structs/groupContext.ts';
import type { LeafNode } from '../structs/leafNode.ts';
import { encodeMlsMessage } from '../structs/mlsMessage.ts';
import { wireFormats } from '../structs/registry.ts';
import type { UpdatePath } from '../structs/updatePath.ts';
import { keysStillValid } from '../tree/openPath.ts';
import type { RatchetTree } from '../tree/ratchetTree.ts';
import { type FreshPath, freshPath, placePath, sealPath } from '../tree/sealPath.ts';
import { treeHash } from '../tree/treeHash.ts';
import type { AppliedProposals } from './applyProposals.ts';
import { checkAppliedTree } from './checkAppliedTree.ts';
import { type EnteredEpoch, enterEpoch, stateOf } from './epoch.ts';
import { signGroupInfo } from './groupInfo.ts';
import { signLeafNode } from './keyPackage.ts';
import type { GroupState, LeafOptions, Signer, WelcomeMessage } from './types.ts';
import { sealWelcomes } from './welcomeMessages.ts';

/** Making a commit (RFC 9420 §12.4.1), for a member and for an external joiner alike. */

export interface CommitInput {
  readonly suite: CipherSuite;
  /** Signs the commit's content: the key of the committer's leaf before the commit. */
  readonly signer: Signer;
  /** Signs the new leaf and the GroupInfo. */
  readonly leafSigner: Signer;
  readonly groupContext: GroupContext;
  readonly groupContextBytes: Uint8Array;
  readonly interimBefore: Uint8Array;
  readonly initSecret: Uint8Array;
  readonly pskSecret: Uint8Array;
  readonly sender: Sender;
  readonly leafIndex: number;
  readonly proposals: Commit['proposals'];
  readonly applied: AppliedProposals;
  /** The committer's new leaf, or null for a commit without a path. */
  readonly leaf: LeafOptions | null;
  /** Private keys of the committer before the commit; empty for a joiner. */
  readonly privateKeys: ReadonlyMap<number, Uint8Array>;
  readonly wireFormat: 'private' | 'public';
  readonly authenticatedData: Uint8Array;
  readonly ratchetTree: 'beside' | 'inside';
  readonly welcomes: 'split' | 'joint';
  readonly groupInfoExtensions: readonly Extension[];
}

export interface BuiltCommit {
  readonly content: FramedContent;
  readonly auth: FramedContentAuth;
  readonly newLeaf: LeafNode | null;
  readonly nextState: GroupState;
  readonly welcomes: readonly WelcomeMessage[];
  readonly groupInfo: Uint8Array;
}

interface BuiltPath {
  readonly path: UpdatePath;
  readonly fresh: FreshPath;
  readonly privateKeys: ReadonlyMap<number, Uint8Array>;
  readonly provisionalContext: GroupContext;
}

function provisionalContextOf(input: CommitInput): GroupContext {
  return {
    ...input.groupContext,
    epoch: input.groupContext.epoch + 1n,
    treeHash: treeHash(input.suite, input.applied.tree),
    extensions: input.applied.extensions,
  };
}

async function buildPath(input: CommitInput, leafOptions: LeafOptions): Promise<BuiltPath> {
  const { suite, leafIndex, applied } = input;
  const { tree } = applied;
  const fresh = await freshPath(suite, tree, leafIndex);
  const leafKeys = await suite.hpke.generateKeyPair();
  const parentHash = placePath(suite, tree, leafIndex, fresh.steps, fresh.publicKeys);
  const position = { groupId: input.groupContext.groupId, leafIndex };
  const source = { kind: 'commit', parentHash } as const;
  const leafNode = await signLeafNode(
    suite,
    input.leafSigner,
    leafOptions,
    leafKeys.publicKey,
    source,
    position,
  );
  tree.setLeaf(leafIndex, leafNode);
  const provisionalContext = provisionalContextOf(input);
  const contextBytes = encodeWith(provisionalContext, writeGroupContext, 512);
  const nodes = await sealPath(suite, tree, fresh, applied.addedLeaves, contextBytes);
  const privateKeys = new Map([[leafIndex * 2, leafKeys.privateKey]]);
  for (const [i, step] of fresh.steps.entries()) privateKeys.set(step.node, fresh.privateKeys[i]!);
  return { path: { leafNode, nodes }, fresh, privateKeys, provisionalContext };
}

export async function buildCommit(input: CommitInput): Promise<BuiltCommit> {
  const { suite, leafIndex, applied, groupContext } = input;
  const built = input.leaf === null ? null : await buildPath(input, input.leaf);
  const pathNodes = built ? [leafIndex * 2, ...built.fresh.steps.map((step) => step.node)] : [];
  const addsMany = applied.added.length >= manyMembers;
  if (addsMany) await takeTurns();
  await checkAppliedTree(suite, applied, pathNodes);
  if (addsMany) await takeTurns();

  const content: FramedContent = {
    groupId: groupContext.groupId,
    epoch: groupContext.epoch,
    sender: input.sender,
    authenticatedData: input.authenticatedData,
    content: { kind: 'commit', commit: { proposals: input.proposals, path: built?.path ?? null } },
  };
  const wireFormat = input.wireFormat === 'private' ? wireFormats.privateMessage : wireFormats.publicMessage;
  const signature = await signContent(input.signer, wireFormat, content, input.groupContextBytes);
  const commitSecret = built?.fresh.commitSecret ?? new Uint8Array(suite.kdf.size);
  const entered = enterEpoch(suite, {
    provisionalContext: built?.provisionalContext ?? provisionalContextOf(input),
    interimBefore: input.interimBefore,
    wireFormat,
    content,
    signature,
    initSecret: input.initSecret,
    commitSecret,
    pskSecret: input.pskSecret,
  });
  commitSecret.fill(0);
  if (addsMany) await takeTurns();

  const tree = applied.tree.finish();
  const groupInfo = await signGroupInfo(suite, input.leafSigner, {
    groupContext: entered.groupContext,
    confirmationTag: entered.confirmationTag,
    externalSecret: entered.derived.secrets.externalSecret,
    tree,
    signerLeaf: leafIndex,
    ratchetTree: input.ratchetTree,
    extensions: input.groupInfoExtensions,
  });
  const welcomes = await sealWelcomes(suite, {
    groupInfo,
    joinerSecret: entered.joinerSecret,
    pskSecret: input.pskSecret,
    psks: applied.psks,
    added: applied.added,
    fresh: built?.fresh ?? null,
    committerLeaf: leafIndex,
    mode: input.welcomes,
  });
  for (const secret of built?.fresh.pathSecrets ?? []) secret.fill(0);
  entered.joinerSecret.fill(0);
  input.pskSecret.fill(0);

  const privateKeys = built?.privateKeys ?? keysStillValid(applied.tree, leafIndex, input.privateKeys);
  return {
    content,
    auth: { signature, confirmationTag: entered.confirmationTag },
    newLeaf: built?.path.leafNode ?? null,
    nextState: nextStateOf(input, entered, tree, privateKeys),
    welcomes,
    groupInfo: encodeMlsMessage({ kind: 'groupInfo', groupInfo }),
  };
}

function nextStateOf(
  input: CommitInput,
  entered: EnteredEpoch,
  tree: RatchetTree,
  privateKeys: ReadonlyMap<number, Uint8Array>,
): GroupState {
  return stateOf(input.suite, {
    ...entered,
    tree,
    ownLeafIndex: input.leafIndex,
    privateKeys,
    reInit: input.applied.reInit,
  });
}
