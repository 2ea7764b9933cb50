import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { DecodeError } from '../refusal.ts';
import { credentialTypes } from './registry.ts';

/** Credential (RFC 9420 §5.3). Its contents are opaque to the engine: the caller's policy judges them. */
export type Credential =
  | { readonly kind: 'basic'; readonly identity: Uint8Array }
  | { readonly kind: 'x509'; readonly certificates: readonly Uint8Array[] };

export function credentialType(credential: Credential): number {
  return credentialTypes[credential.kind];
}

export function writeCredential(writer: Writer, credential: Credential): void {
  writer.u16(credentialType(credential));
  switch (credential.kind) {
    case 'basic':
      writer.opaque(credential.identity);
      return;
    case 'x509':
      writer.vector(credential.certificates, (inner, certificate) => inner.opaque(certificate));
      return;
  }
}

export function readCredential(reader: Reader): Credential {
  switch (reader.u16()) {
    case credentialTypes.basic:
      return { kind: 'basic', identity: reader.opaque() };
    case credentialTypes.x509:
      return { kind: 'x509', certificates: reader.vector((inner) => inner.opaque()) };
    default:
      throw new DecodeError('MLS-5.3-01');
  }
}
