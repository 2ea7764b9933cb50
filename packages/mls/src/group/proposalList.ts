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
  ensure(commit.proposals.length <= limits.maxProposals, 'MLS-P-13');
  return commit.proposals.map((item) => {
    if (item.kind === 'proposal')
      return { proposal: item.proposal, sender: committer, byReference: false, isVerified: false };
    ensure(allowReferences, 'MLS-P-12');
    const found = stored.find((each) => equalBytes(each.reference, item.reference));
    if (found === undefined) return refuse('MLS-12.4-03');
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
    ensure(!touched.has(leafIndex), 'MLS-12.2-03');
    touched.add(leafIndex);
  };
  let extensions = 0;
  for (const { proposal, sender } of list) {
    switch (proposal.kind) {
      case 'update':
        // An Update by the committer, which every Update by value is, has no place: the path does that.
        ensure(sender.kind === 'member' && sender.leafIndex !== committerLeaf, 'MLS-12.2-01');
        touch(sender.leafIndex);
        break;
      case 'remove':
        ensure(proposal.leafIndex !== committerLeaf, 'MLS-12.2-02');
        touch(proposal.leafIndex);
        break;
      case 'groupContextExtensions':
        ensure(++extensions === 1, 'MLS-12.2-05');
        break;
      case 'externalInit':
        refuse('MLS-12.2-07');
        break;
      case 'reInit':
        ensure(list.length === 1, 'MLS-12.2-06');
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
    ensure(!byReference, 'MLS-12.2-11');
    const { kind } = proposal;
    ensure(kind === 'externalInit' || kind === 'remove' || kind === 'psk', 'MLS-12.2-10');
    count[kind]++;
  }
  ensure(count.externalInit === 1, 'MLS-12.2-08');
  ensure(count.remove <= 1, 'MLS-12.2-09');
}

/** Which proposals which sender may make (RFC 9420 §12.1.8, table 5). */
export function checkProposalSender(proposal: Proposal, sender: ProposalSender): void {
  switch (sender.kind) {
    case 'member':
      ensure(proposal.kind !== 'externalInit', 'MLS-12.1.8-01');
      return;
    case 'external':
      ensure(
        ['add', 'remove', 'psk', 'reInit', 'groupContextExtensions'].includes(proposal.kind),
        'MLS-12.1.8-02',
      );
      return;
    case 'newMemberProposal':
    case 'newMemberCommit':
      // What new members may send was settled when the key that signed it was looked up.
      return;
  }
}
