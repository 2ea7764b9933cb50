import { type Awaitable, type CipherSuite, equalBytes } from '@sotto/primitives';
import { Writer } from '../codec/writer.ts';
import type { Signer } from '../group/types.ts';
import { signContentWith } from '../labels/labels.ts';
import { ensure } from '../refusal.ts';
import {
  type AuthenticatedContent,
  type FramedContent,
  sizeHintOf,
  writeFramedContentAuth,
  writeFramedContentTbs,
} from '../structs/framedContent.ts';
import type { PublicMessage } from '../structs/publicMessage.ts';
import { wireFormats } from '../structs/registry.ts';

/** Signatures and tags over framed content (RFC 9420 §6.1, §6.2). */

const signatureLabel = 'FramedContentTBS';

function signedBytes(wireFormat: number, content: FramedContent, groupContextBytes: Uint8Array): Uint8Array {
  const write = (writer: Writer) => {
    writeFramedContentTbs(writer, wireFormat, content, groupContextBytes);
  };
  return signContentWith(signatureLabel, write, sizeHintOf(content.content));
}

export function signContent(
  signer: Signer,
  wireFormat: number,
  content: FramedContent,
  groupContextBytes: Uint8Array,
): Awaitable<Uint8Array> {
  return signer.sign(signedBytes(wireFormat, content, groupContextBytes));
}

export async function checkSignature(
  suite: CipherSuite,
  publicKey: Uint8Array,
  message: AuthenticatedContent,
  groupContextBytes: Uint8Array,
): Promise<void> {
  const signed = signedBytes(message.wireFormat, message.content, groupContextBytes);
  const valid = await suite.signature.verify(publicKey, signed, message.auth.signature);
  ensure(valid, 'MLS-6.1-01');
}

/** membership_tag (RFC 9420 §6.2). */
export function membershipTagOf(
  suite: CipherSuite,
  membershipKey: Uint8Array,
  message: Pick<PublicMessage, 'content' | 'auth'>,
  groupContextBytes: Uint8Array,
): Uint8Array {
  const writer = new Writer(1024);
  writeFramedContentTbs(writer, wireFormats.publicMessage, message.content, groupContextBytes);
  writeFramedContentAuth(writer, message.auth);
  return suite.hash.hmac(membershipKey, writer.finish());
}

export function checkMembershipTag(
  suite: CipherSuite,
  membershipKey: Uint8Array,
  message: PublicMessage,
  groupContextBytes: Uint8Array,
): void {
  const expected = membershipTagOf(suite, membershipKey, message, groupContextBytes);
  ensure(message.membershipTag !== null && equalBytes(expected, message.membershipTag), 'MLS-6.2-01');
}
