import { equalBytes } from '@sotto/primitives';
import { limits } from '../limits.ts';
import { ensure, refuse } from '../refusal.ts';
import type { Commit } from '../structs/commit.ts';
import type { Proposal } from '../structs/proposal.ts';
import type { ProposalSender, StoredProposal } from './types.ts';

/** Proposal lists of a commit (RFC 9420 §12.2). */

/** A proposal with whoever made it: the committer itself, or the sender of a proposal referred to. */
export interface ListedProposal {
  readonly proposal: Proposal;
  readonly sender: ProposalSender;
  readonly byReference: boolean;
  /** An own Add of a `VerifiedKeyPackage`: its signatures need not be verified again. */
  readonly isVerified: boolean;
}

/** Looks up what a commit refers to. */
export function listProposals(
  commit: Commit,
  committer: ProposalSender,
  stored: readonly StoredProposal[],
  allowReferences: boolean,
): ListedProposal[] {
  ensure(commit.proposals.length <= limits.maxProposals, 'too_many_proposals');
  return commit.proposals.map((item) => {
    if (item.kind === 'proposal')
      return { proposal: item.proposal, sender: committer, byReference: false, isVerified: false };
    ensure(allowReferences, 'proposals_by_reference_unsupported');
    const found = stored.find((each) => equalBytes(each.reference, item.reference));
    if (found === undefined) return refuse('unknown_proposal_reference');
    return { proposal: found.proposal, sender: found.sender, byReference: true, isVerified: false };
  });
}

/** RFC 9420 §12.4: all but adds, pre-shared keys and ReInit need a path, and so does an empty commit. */
export function isPathRequired(list: readonly ListedProposal[]): boolean {
  return list.length === 0 || list.some(({ proposal }) => !['add', 'psk', 'reInit'].includes(proposal.kind));
}

/** Rules for a list committed by a member. */
export function checkMemberList(list: readonly ListedProposal[], committerLeaf: number): void {
  const touched = new Set<number>();
  const touch = (leafIndex: number): void => {
    ensure(!touched.has(leafIndex), 'invalid_proposal_list');
    touched.add(leafIndex);
  };
  let extensions = 0;
  for (const { proposal, sender } of list) {
    switch (proposal.kind) {
      case 'update':
        // An Update by the committer, which every Update by value is, has no place: the path does that.
        ensure(sender.kind === 'member' && sender.leafIndex !== committerLeaf, 'invalid_proposal_list');
        touch(sender.leafIndex);
        break;
      case 'remove':
        ensure(proposal.leafIndex !== committerLeaf, 'invalid_proposal_list');
        touch(proposal.leafIndex);
        break;
      case 'groupContextExtensions':
        ensure(++extensions === 1, 'invalid_proposal_list');
        break;
      case 'externalInit':
        refuse('invalid_proposal_list');
        break;
      case 'reInit':
        ensure(list.length === 1, 'invalid_proposal_list');
        break;
      case 'add':
      case 'psk':
        break;
    }
  }
}

/** Rules for a list committed from outside: one ExternalInit, at most one Remove, pre-shared keys. */
export function checkExternalList(list: readonly ListedProposal[]): void {
  const count = { externalInit: 0, remove: 0, psk: 0 };
  for (const { proposal, byReference } of list) {
    ensure(!byReference, 'invalid_external_commit');
    const { kind } = proposal;
    ensure(kind === 'externalInit' || kind === 'remove' || kind === 'psk', 'invalid_external_commit');
    count[kind]++;
  }
  ensure(count.externalInit === 1 && count.remove <= 1, 'invalid_external_commit');
}

/** Which proposals which sender may make (RFC 9420 §12.1.8, table 5). */
export function checkProposalSender(proposal: Proposal, sender: ProposalSender): void {
  switch (sender.kind) {
    case 'member':
      ensure(proposal.kind !== 'externalInit', 'proposal_not_allowed_for_sender');
      return;
    case 'external':
      ensure(
        ['add', 'remove', 'psk', 'reInit', 'groupContextExtensions'].includes(proposal.kind),
        'proposal_not_allowed_for_sender',
      );
      return;
    case 'newMemberProposal':
      ensure(proposal.kind === 'add', 'proposal_not_allowed_for_sender');
      return;
    case 'newMemberCommit':
      refuse('proposal_not_allowed_for_sender');
  }
}
