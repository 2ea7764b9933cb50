import type { Reader } from '../codec/reader.ts';
import { encodeWith, type Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { DecodeError } from '../refusal.ts';
import { type Proposal, readProposal, writeProposal } from './proposal.ts';
import { readUpdatePath, type UpdatePath, writeUpdatePath } from './updatePath.ts';

/** ProposalOrRef (RFC 9420 §12.4). */
export type ProposalOrRef =
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'reference'; readonly reference: Uint8Array };

/** Commit (RFC 9420 §12.4). */
export interface Commit {
  readonly proposals: readonly ProposalOrRef[];
  readonly path: UpdatePath | null;
}

/** A commit of so many proposals is encoded once for all that it goes into: signature, transcript and message. */
const manyProposals = 64;
const encodings = new WeakMap<Commit, Uint8Array>();

export function writeCommit(writer: Writer, commit: Commit): void {
  if (commit.proposals.length < manyProposals) {
    writeParts(writer, commit);
    return;
  }
  let bytes = encodings.get(commit);
  if (bytes === undefined) {
    bytes = encodeWith(commit, writeParts, 2048 + 1024 * commit.proposals.length);
    encodings.set(commit, bytes);
  }
  writer.fixed(bytes);
}

function writeParts(writer: Writer, commit: Commit): void {
  writer.vector(commit.proposals, (inner, item) => {
    switch (item.kind) {
      case 'proposal':
        inner.u8(1);
        writeProposal(inner, item.proposal);
        return;
      case 'reference':
        inner.u8(2).opaque(item.reference);
        return;
    }
  });
  writer.optional(commit.path, writeUpdatePath);
}

function readProposalOrRef(reader: Reader): ProposalOrRef {
  switch (reader.u8()) {
    case 1:
      return { kind: 'proposal', proposal: readProposal(reader) };
    case 2:
      return { kind: 'reference', reference: reader.opaque() };
    default:
      throw new DecodeError('MLS-12.4-01');
  }
}

export function readCommit(reader: Reader): Commit {
  return {
    proposals: reader.vector(readProposalOrRef, limits.maxProposals),
    path: reader.optional(readUpdatePath),
  };
}
