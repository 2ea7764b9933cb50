import { type CipherSuite, equalBytes } from '@sotto/primitives';
import { Writer } from '../codec/writer.ts';
import type { Signer } from '../group/types.ts';
import { signWithLabel, verifyWithLabel } from '../labels/labels.ts';
import { ensure } from '../refusal.ts';
import {
  type AuthenticatedContent,
  type FramedContent,
  writeFramedContentAuth,
  writeFramedContentTbs,
} from '../structs/framedContent.ts';
import type { PublicMessage } from '../structs/publicMessage.ts';
import { wireFormats } from '../structs/registry.ts';

/** Signatures and tags over framed content (RFC 9420 §6.1, §6.2). */

const signatureLabel = 'FramedContentTBS';

function tbsOf(wireFormat: number, content: FramedContent, groupContextBytes: Uint8Array): Uint8Array {
  const writer = new Writer(1024);
  writeFramedContentTbs(writer, wireFormat, content, groupContextBytes);
  return writer.finish();
}

export async function signContent(
  signer: Signer,
  wireFormat: number,
  content: FramedContent,
  groupContextBytes: Uint8Array,
): Promise<Uint8Array> {
  return signWithLabel(signer, signatureLabel, tbsOf(wireFormat, content, groupContextBytes));
}

export async function checkSignature(
  suite: CipherSuite,
  publicKey: Uint8Array,
  message: AuthenticatedContent,
  groupContextBytes: Uint8Array,
): Promise<void> {
  const tbs = tbsOf(message.wireFormat, message.content, groupContextBytes);
  const valid = await verifyWithLabel(suite, publicKey, signatureLabel, tbs, message.auth.signature);
  ensure(valid, 'invalid_signature');
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
  ensure(
    message.membershipTag !== null && equalBytes(expected, message.membershipTag),
    'invalid_membership_tag',
  );
}
