import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { DecodeError } from '../refusal.ts';
import { type Commit, readCommit, writeCommit } from './commit.ts';
import { type Proposal, readProposal, writeProposal } from './proposal.ts';
import { protocolVersion } from './registry.ts';

/** Sender (RFC 9420 §6). */
export type Sender =
  | { readonly kind: 'member'; readonly leafIndex: number }
  | { readonly kind: 'external'; readonly senderIndex: number }
  | { readonly kind: 'newMemberProposal' }
  | { readonly kind: 'newMemberCommit' };

export type Content =
  | { readonly kind: 'application'; readonly data: Uint8Array }
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'commit'; readonly commit: Commit };

export type ContentKind = Content['kind'];

/** FramedContent (RFC 9420 §6). */
export interface FramedContent {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly sender: Sender;
  readonly authenticatedData: Uint8Array;
  readonly content: Content;
}

/** FramedContentAuthData (RFC 9420 §6.1); the tag is there for commits only. */
export interface FramedContentAuth {
  readonly signature: Uint8Array;
  readonly confirmationTag: Uint8Array | null;
}

/** AuthenticatedContent (RFC 9420 §6). */
export interface AuthenticatedContent {
  readonly wireFormat: number;
  readonly content: FramedContent;
  readonly auth: FramedContentAuth;
}

export const contentTypes = { application: 1, proposal: 2, commit: 3 } as const;

export function contentKindOf(code: number): ContentKind {
  switch (code) {
    case contentTypes.application:
      return 'application';
    case contentTypes.proposal:
      return 'proposal';
    case contentTypes.commit:
      return 'commit';
    default:
      throw new DecodeError('MLS-6-04');
  }
}

export function writeSender(writer: Writer, sender: Sender): void {
  switch (sender.kind) {
    case 'member':
      writer.u8(1).u32(sender.leafIndex);
      return;
    case 'external':
      writer.u8(2).u32(sender.senderIndex);
      return;
    case 'newMemberProposal':
      writer.u8(3);
      return;
    case 'newMemberCommit':
      writer.u8(4);
      return;
  }
}

export function readSender(reader: Reader): Sender {
  switch (reader.u8()) {
    case 1:
      return { kind: 'member', leafIndex: reader.u32() };
    case 2:
      return { kind: 'external', senderIndex: reader.u32() };
    case 3:
      return { kind: 'newMemberProposal' };
    case 4:
      return { kind: 'newMemberCommit' };
    default:
      throw new DecodeError('MLS-6-05');
  }
}

/**
 * About the bytes of a message with this content, for a writer to begin with: growing to the hundreds of kilobytes of
 * a commit that adds many would copy and clear them over and over.
 */
export function sizeHintOf(content: Content): number {
  switch (content.kind) {
    case 'application':
      return content.data.length + 512;
    case 'proposal':
      return 2048;
    case 'commit':
      return 2048 + 1024 * content.commit.proposals.length;
  }
}

/** The content without its type, as PrivateMessageContent has it. */
export function writeContentBody(writer: Writer, content: Content): void {
  switch (content.kind) {
    case 'application':
      writer.opaque(content.data);
      return;
    case 'proposal':
      writeProposal(writer, content.proposal);
      return;
    case 'commit':
      writeCommit(writer, content.commit);
      return;
  }
}

export function readContentBody(reader: Reader, kind: ContentKind): Content {
  switch (kind) {
    case 'application':
      return { kind, data: reader.opaque() };
    case 'proposal':
      return { kind, proposal: readProposal(reader) };
    case 'commit':
      return { kind, commit: readCommit(reader) };
  }
}

export function writeFramedContent(writer: Writer, framed: FramedContent): void {
  writer.opaque(framed.groupId).u64(framed.epoch);
  writeSender(writer, framed.sender);
  writer.opaque(framed.authenticatedData).u8(contentTypes[framed.content.kind]);
  writeContentBody(writer, framed.content);
}

export function readFramedContent(reader: Reader): FramedContent {
  return {
    groupId: reader.opaque(limits.maxIdBytes),
    epoch: reader.u64(),
    sender: readSender(reader),
    authenticatedData: reader.opaque(),
    content: readContentBody(reader, contentKindOf(reader.u8())),
  };
}

export function writeFramedContentAuth(writer: Writer, auth: FramedContentAuth): void {
  writer.opaque(auth.signature);
  if (auth.confirmationTag !== null) writer.opaque(auth.confirmationTag);
}

export function readFramedContentAuth(reader: Reader, kind: ContentKind): FramedContentAuth {
  const signature = reader.opaque();
  return { signature, confirmationTag: kind === 'commit' ? reader.opaque() : null };
}

export function writeAuthenticatedContent(writer: Writer, value: AuthenticatedContent): void {
  writer.u16(value.wireFormat);
  writeFramedContent(writer, value.content);
  writeFramedContentAuth(writer, value.auth);
}

export function readAuthenticatedContent(reader: Reader): AuthenticatedContent {
  const wireFormat = reader.u16();
  const content = readFramedContent(reader);
  return { wireFormat, content, auth: readFramedContentAuth(reader, content.content.kind) };
}

/** FramedContentTBS (RFC 9420 §6.1); members and new members committing sign the GroupContext as well. */
export function writeFramedContentTbs(
  writer: Writer,
  wireFormat: number,
  framed: FramedContent,
  groupContextBytes: Uint8Array,
): void {
  writer.u16(protocolVersion).u16(wireFormat);
  writeFramedContent(writer, framed);
  if (framed.sender.kind === 'member' || framed.sender.kind === 'newMemberCommit') {
    writer.fixed(groupContextBytes);
  }
}
