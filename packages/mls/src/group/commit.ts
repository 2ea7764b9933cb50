import { equalBytes } from '@sotto/primitives';
import { membershipTagOf } from '../framing/authenticate.ts';
import { sealPrivate } from '../framing/sealPrivate.ts';
import { emptyBytes } from '../labels/labels.ts';
import { manyMembers, takeTurns } from '../pace.ts';
import { ensure, type Refused, settle } from '../refusal.ts';
import type { Commit, ProposalOrRef } from '../structs/commit.ts';
import { lastEpoch } from '../structs/groupContext.ts';
import { encodeMlsMessage } from '../structs/mlsMessage.ts';
import type { Proposal } from '../structs/proposal.ts';
import { applyProposals } from './applyProposals.ts';
import { type BuiltCommit, buildCommit } from './buildCommit.ts';
import { summaryOf } from './commitSummary.ts';
import { checkUsable, withOwn } from './epoch.ts';
import { memberIn, memberOf } from './member.ts';
import { pendingCommitOf } from './pendingCommit.ts';
import { checkMemberList, isPathRequired, listProposals } from './proposalList.ts';
import { gatherPskSecret } from './psks.ts';
import type {
  CommitOptions,
  GroupState,
  LeafOptions,
  Member,
  PendingCommit,
  ProposalInput,
  Signer,
} from './types.ts';

function proposalOf(state: GroupState, input: ProposalInput): Proposal {
  switch (input.kind) {
    case 'add':
      return { kind: 'add', keyPackage: input.keyPackage.keyPackage };
    case 'psk':
      return { kind: 'psk', psk: { ...input.psk, nonce: state.suite.randomBytes(state.suite.kdf.size) } };
    case 'remove':
    case 'groupContextExtensions':
    case 'reInit':
      return input;
  }
}

function leafOptionsOf(own: Member, changes: Partial<LeafOptions> | undefined): LeafOptions {
  const { credential, capabilities, extensions } = own.leafNode;
  return { credential, capabilities, extensions, ...changes };
}

async function commitMessageOf(
  state: GroupState,
  built: BuiltCommit,
  options: CommitOptions,
): Promise<{ readonly bytes: Uint8Array; readonly currentState: GroupState }> {
  const { suite, own } = state;
  const { content, auth } = built;
  if (options.wireFormat === 'public') {
    const { groupContextBytes } = own.frame;
    const membershipTag = membershipTagOf(suite, own.secrets.membershipKey, built, groupContextBytes);
    const publicMessage = { content, auth, membershipTag };
    return { bytes: encodeMlsMessage({ kind: 'publicMessage', publicMessage }), currentState: state };
  }
  const sealed = await sealPrivate(
    suite,
    own.frame,
    own.secrets.senderDataSecret,
    own.secretTree,
    state.ownLeafIndex,
    content.content,
    auth,
    content.authenticatedData,
    options.padding,
  );
  return { bytes: sealed.bytes, currentState: withOwn(state, { secretTree: sealed.secretTree }) };
}

/**
 * Makes a commit of the given proposals (RFC 9420 §12.4.1). Nothing is in force until the caller replaces
 * the state with `nextState`, which it does when the server has accepted `commitMessage`.
 */
export function commit(
  state: GroupState,
  signer: Signer,
  options: CommitOptions,
): Promise<PendingCommit | Refused> {
  return settle(async () => {
    checkUsable(state);
    const { suite, groupContext, ownLeafIndex, own } = state;
    ensure(own.reInit === null, 'MLS-11.2-11');
    ensure(groupContext.epoch < lastEpoch, 'MLS-8.1-01');
    const before = memberIn(state.tree, ownLeafIndex)!;
    ensure(equalBytes(signer.publicKey, before.signatureKey), 'MLS-P-04');

    const proposals: ProposalOrRef[] = (options.proposals ?? []).map((input) => ({
      kind: 'proposal',
      proposal: proposalOf(state, input),
    }));
    if (options.includeStoredProposals) {
      for (const { reference } of own.storedProposals) proposals.push({ kind: 'reference', reference });
    }
    const wanted: Commit = { proposals, path: null };
    const sender = { kind: 'member', leafIndex: ownLeafIndex } as const;
    const given = options.proposals?.length ?? 0;
    const list = listProposals(wanted, sender, own.storedProposals, true).map((listed, i) => ({
      ...listed,
      isVerified: i < given,
    }));
    checkMemberList(list, ownLeafIndex);
    const applied = await applyProposals(suite, groupContext, state.tree, list, options);
    const hasPath = options.path !== 'ifRequired' || isPathRequired(list);
    const leafSigner = hasPath ? (options.newSigner ?? signer) : signer;

    const built = await buildCommit({
      suite,
      signer,
      leafSigner,
      groupContext,
      groupContextBytes: own.frame.groupContextBytes,
      interimBefore: own.interimTranscriptHash,
      initSecret: own.secrets.initSecret,
      pskSecret: gatherPskSecret(suite, applied.psks, options.psks, state),
      sender,
      leafIndex: ownLeafIndex,
      proposals,
      applied,
      leaf: hasPath ? leafOptionsOf(before, options.leaf) : null,
      privateKeys: own.privateKeys,
      wireFormat: options.wireFormat ?? 'private',
      authenticatedData: options.authenticatedData ?? emptyBytes,
      ratchetTree: options.ratchetTree ?? 'beside',
      welcomes: options.welcomes ?? 'split',
      groupInfoExtensions: options.groupInfoExtensions ?? [],
    });
    if (given >= manyMembers) await takeTurns();
    const message = await commitMessageOf(state, built, options);
    const after = built.newLeaf ? memberOf(ownLeafIndex, built.newLeaf) : before;
    const committer = { kind: 'member', before, after } as const;
    const { authenticatedData } = built.content;
    return pendingCommitOf({
      kind: 'pendingCommit',
      summary: summaryOf(groupContext, applied, committer, before, hasPath, authenticatedData),
      commitMessage: message.bytes,
      welcomes: built.welcomes,
      groupInfo: built.groupInfo,
      nextState: built.nextState,
      currentState: message.currentState,
    });
  });
}
