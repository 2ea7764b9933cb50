import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { DecodeError } from '../refusal.ts';
import { type Extension, readExtensions, writeExtensions } from './extension.ts';
import { type KeyPackage, readKeyPackage, writeKeyPackage } from './keyPackage.ts';
import { type LeafNode, readLeafNode, writeLeafNode } from './leafNode.ts';
import { type PreSharedKeyId, readPreSharedKeyId, writePreSharedKeyId } from './preSharedKeyId.ts';
import { proposalTypes } from './registry.ts';

/** ReInit (RFC 9420 §12.1.5): what the group that follows this one must be. */
export interface ReInit {
  readonly groupId: Uint8Array;
  readonly version: number;
  readonly cipherSuite: number;
  readonly extensions: readonly Extension[];
}

/** Proposal (RFC 9420 §12.1). */
export type Proposal =
  | { readonly kind: 'add'; readonly keyPackage: KeyPackage }
  | { readonly kind: 'update'; readonly leafNode: LeafNode }
  | { readonly kind: 'remove'; readonly leafIndex: number }
  | { readonly kind: 'psk'; readonly psk: PreSharedKeyId }
  | { readonly kind: 'reInit'; readonly reInit: ReInit }
  | { readonly kind: 'externalInit'; readonly kemOutput: Uint8Array }
  | { readonly kind: 'groupContextExtensions'; readonly extensions: readonly Extension[] };

function proposalType(proposal: Proposal): number {
  return proposalTypes[proposal.kind];
}

export function writeProposal(writer: Writer, proposal: Proposal): void {
  writer.u16(proposalType(proposal));
  switch (proposal.kind) {
    case 'add':
      writeKeyPackage(writer, proposal.keyPackage);
      return;
    case 'update':
      writeLeafNode(writer, proposal.leafNode);
      return;
    case 'remove':
      writer.u32(proposal.leafIndex);
      return;
    case 'psk':
      writePreSharedKeyId(writer, proposal.psk);
      return;
    case 'reInit':
      writer.opaque(proposal.reInit.groupId).u16(proposal.reInit.version).u16(proposal.reInit.cipherSuite);
      writeExtensions(writer, proposal.reInit.extensions);
      return;
    case 'externalInit':
      writer.opaque(proposal.kemOutput);
      return;
    case 'groupContextExtensions':
      writeExtensions(writer, proposal.extensions);
      return;
  }
}

export function readProposal(reader: Reader): Proposal {
  switch (reader.u16()) {
    case proposalTypes.add:
      return { kind: 'add', keyPackage: readKeyPackage(reader) };
    case proposalTypes.update:
      return { kind: 'update', leafNode: readLeafNode(reader) };
    case proposalTypes.remove:
      return { kind: 'remove', leafIndex: reader.u32() };
    case proposalTypes.psk:
      return { kind: 'psk', psk: readPreSharedKeyId(reader) };
    case proposalTypes.reInit:
      return {
        kind: 'reInit',
        reInit: {
          groupId: reader.opaque(limits.maxIdBytes),
          version: reader.u16(),
          cipherSuite: reader.u16(),
          extensions: readExtensions(reader),
        },
      };
    case proposalTypes.externalInit:
      return { kind: 'externalInit', kemOutput: reader.opaque() };
    case proposalTypes.groupContextExtensions:
      return { kind: 'groupContextExtensions', extensions: readExtensions(reader) };
    default:
      throw new DecodeError('MLS-12.1-01');
  }
}
