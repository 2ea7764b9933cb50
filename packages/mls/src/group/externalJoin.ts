import type { CipherSuite } from '@sotto/primitives';
import { encodeWith } from '../codec/writer.ts';
import { emptyBytes } from '../labels/labels.ts';
import { ensure, type Refused, refuse, settle } from '../refusal.ts';
import { sealExternalInit } from '../schedule/keySchedule.ts';
import { interimTranscriptHash } from '../schedule/transcriptHash.ts';
import type { ProposalOrRef } from '../structs/commit.ts';
import { lastEpoch, writeGroupContext } from '../structs/groupContext.ts';
import { encodeMlsMessage } from '../structs/mlsMessage.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import { applyProposals } from './applyProposals.ts';
import { buildCommit } from './buildCommit.ts';
import { summaryOf } from './commitSummary.ts';
import { externalPubIn } from './groupInfo.ts';
import { nowhere, signLeafNode } from './keyPackage.ts';
import { checkSuccessor } from './leafChecks.ts';
import { memberOf } from './member.ts';
import { pendingCommitOf } from './pendingCommit.ts';
import { checkExternalList, listProposals } from './proposalList.ts';
import { gatherPskSecret } from './psks.ts';
import type { ExternalJoinOptions, PendingCommit, Signer } from './types.ts';

/**
 * Joins by external commit (RFC 9420 §12.4.3.2), taking out the own earlier leaf where `resync` names it. As
 * with `commit`, `nextState` counts only when the server has accepted the message.
 */
export function externalJoin(
  suite: CipherSuite,
  signer: Signer,
  options: ExternalJoinOptions,
): Promise<PendingCommit | Refused> {
  return settle(async () => {
    const { groupInfo } = options;
    const { groupContext } = groupInfo;
    ensure(groupContext.cipherSuite === suite.id, 'MLS-12.4.3-02');
    ensure(groupContext.epoch < lastEpoch, 'MLS-8.1-01');
    const externalPub = externalPubIn(groupInfo.extensions) ?? refuse('MLS-12.4.3.2-03');
    ensure(await suite.hpke.isPublicKey(externalPub), 'MLS-12.4.3.2-04');
    const { kemOutput, initSecret } = await sealExternalInit(suite, externalPub);

    const proposals: ProposalOrRef[] = [{ kind: 'proposal', proposal: { kind: 'externalInit', kemOutput } }];
    if (options.resync !== undefined) {
      proposals.push({ kind: 'proposal', proposal: { kind: 'remove', leafIndex: options.resync } });
    }
    for (const name of options.pskNames ?? []) {
      const psk = { ...name, nonce: suite.randomBytes(suite.kdf.size) };
      proposals.push({ kind: 'proposal', proposal: { kind: 'psk', psk } });
    }
    const sender = { kind: 'newMemberCommit' } as const;
    const list = listProposals({ proposals, path: null }, sender, [], false);
    checkExternalList(list);
    const applied = await applyProposals(suite, groupContext, groupInfo.tree, list, options);

    // The leaf takes its place with a key of no use; the path puts the real one there.
    const placeholder = await signLeafNode(suite, signer, options, externalPub, { kind: 'update' }, nowhere);
    for (const removed of applied.removed) checkSuccessor(removed.leafNode, placeholder, options);
    const leafIndex = applied.tree.add(placeholder);
    const built = await buildCommit({
      suite,
      signer,
      leafSigner: signer,
      groupContext,
      groupContextBytes: encodeWith(groupContext, writeGroupContext, 512),
      interimBefore: interimTranscriptHash(
        suite,
        groupContext.confirmedTranscriptHash,
        groupInfo.confirmationTag,
      ),
      initSecret,
      pskSecret: gatherPskSecret(suite, applied.psks, options.psks, null),
      sender,
      leafIndex,
      proposals,
      applied,
      leaf: options,
      privateKeys: new Map(),
      wireFormat: 'public',
      authenticatedData: options.authenticatedData ?? emptyBytes,
      ratchetTree: 'beside',
      welcomes: 'split',
      groupInfoExtensions: options.groupInfoExtensions ?? [],
    });
    initSecret.fill(0);
    const { content, auth, nextState } = built;
    const joiner = memberOf(leafIndex, leafAt(nextState.tree, leafIndex)!);
    const committer = { kind: 'external', joiner } as const;
    return pendingCommitOf({
      kind: 'pendingCommit',
      summary: summaryOf(groupContext, applied, committer, null, true, content.authenticatedData),
      commitMessage: encodeMlsMessage({
        kind: 'publicMessage',
        publicMessage: { content, auth, membershipTag: null },
      }),
      welcomes: [],
      groupInfo: built.groupInfo,
      nextState,
      currentState: null,
    });
  });
}
