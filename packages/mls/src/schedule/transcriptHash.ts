import { type CipherSuite, concatBytes } from '@sotto/primitives';
import { Writer } from '../codec/writer.ts';
import { type FramedContent, sizeHintOf, writeFramedContent } from '../structs/framedContent.ts';

/** Transcript hashes (RFC 9420 §8.2). */

export function confirmedTranscriptHash(
  suite: CipherSuite,
  interimBefore: Uint8Array,
  wireFormat: number,
  content: FramedContent,
  signature: Uint8Array,
): Uint8Array {
  const input = new Writer(sizeHintOf(content.content)).fixed(interimBefore).u16(wireFormat);
  writeFramedContent(input, content);
  return suite.hash.digest(input.opaque(signature).finish());
}

export function interimTranscriptHash(
  suite: CipherSuite,
  confirmed: Uint8Array,
  confirmationTag: Uint8Array,
): Uint8Array {
  return suite.hash.digest(concatBytes(confirmed, new Writer(64).opaque(confirmationTag).finish()));
}

/** confirmation_tag (RFC 9420 §6.1). */
export function confirmationTagOf(
  suite: CipherSuite,
  confirmationKey: Uint8Array,
  confirmed: Uint8Array,
): Uint8Array {
  return suite.hash.hmac(confirmationKey, confirmed);
}
