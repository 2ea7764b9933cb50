import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import {
  type FramedContent,
  type FramedContentAuth,
  readFramedContent,
  readFramedContentAuth,
  writeFramedContent,
  writeFramedContentAuth,
} from './framedContent.ts';

/** PublicMessage (RFC 9420 §6.2); the membership tag is there for member senders only. */
export interface PublicMessage {
  readonly content: FramedContent;
  readonly auth: FramedContentAuth;
  readonly membershipTag: Uint8Array | null;
}

export function writePublicMessage(writer: Writer, message: PublicMessage): void {
  writeFramedContent(writer, message.content);
  writeFramedContentAuth(writer, message.auth);
  if (message.membershipTag !== null) writer.opaque(message.membershipTag);
}

export function readPublicMessage(reader: Reader): PublicMessage {
  const content = readFramedContent(reader);
  const auth = readFramedContentAuth(reader, content.content.kind);
  return { content, auth, membershipTag: content.sender.kind === 'member' ? reader.opaque() : null };
}
