import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { type Credential, readCredential, writeCredential } from './credential.ts';

/** ExternalSender (RFC 9420 §12.1.8.1): who outside the group may send it proposals. */
export interface ExternalSender {
  readonly signatureKey: Uint8Array;
  readonly credential: Credential;
}

/** Data of the `external_senders` extension. */
export function writeExternalSenders(writer: Writer, senders: readonly ExternalSender[]): void {
  writer.vector(senders, (inner, sender) => {
    inner.opaque(sender.signatureKey);
    writeCredential(inner, sender.credential);
  });
}

export function readExternalSenders(reader: Reader): ExternalSender[] {
  return reader.vector((inner) => ({
    signatureKey: inner.opaque(),
    credential: readCredential(inner),
  }));
}
