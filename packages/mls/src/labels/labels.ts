import type { Awaitable, CipherSuite } from '@sotto/primitives';
import { lengthSize, Writer } from '../codec/writer.ts';
import type { Signer } from '../group/types.ts';
import type { HpkeCiphertext } from '../structs/updatePath.ts';

/**
 * The labelled functions of RFC 9420 §5.1.2, §5.1.3, §5.2 and §8. Labels get their "MLS 1.0 " here, except
 * the reference labels, which the RFC spells out.
 */
const encoder = new TextEncoder();
const labelBytes = new Map<string, Uint8Array>();

/** Bytes of "MLS 1.0 " and the label; the engine's own labels are few, so they are kept. */
function withPrefix(label: string): Uint8Array {
  const known = labelBytes.get(label);
  if (known !== undefined) return known;
  const bytes = encoder.encode(`MLS 1.0 ${label}`);
  if (labelBytes.size < 256) labelBytes.set(label, bytes);
  return bytes;
}

export const emptyBytes: Uint8Array = new Uint8Array(0);

/** ExpandWithLabel (RFC 9420 §8). */
export function expandWithLabel(
  suite: CipherSuite,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  const info = new Writer(64 + context.length);
  info.u16(lengthBytes).opaque(withPrefix(label)).opaque(context);
  return info.consume((bytes) => suite.kdf.expand(secret, bytes, lengthBytes));
}

/** DeriveSecret (RFC 9420 §8). */
export function deriveSecret(suite: CipherSuite, secret: Uint8Array, label: string): Uint8Array {
  return expandWithLabel(suite, secret, label, emptyBytes, suite.kdf.size);
}

/** DeriveSecret for several labels of one secret. */
export function deriveSecrets(
  suite: CipherSuite,
  secret: Uint8Array,
  labels: readonly string[],
): Uint8Array[] {
  const { size } = suite.kdf;
  const infos = labels.map((label) => new Writer(64).u16(size).opaque(withPrefix(label)).u8(0).finish());
  return suite.kdf.expandEach(
    secret,
    infos,
    labels.map(() => size),
  );
}

/** RefHash (RFC 9420 §5.2). */
export function refHash(suite: CipherSuite, label: string, value: Uint8Array): Uint8Array {
  const input = new Writer(64 + value.length);
  return suite.hash.digest(input.opaque(encoder.encode(label)).opaque(value).finish());
}

export function keyPackageRef(suite: CipherSuite, keyPackageBytes: Uint8Array): Uint8Array {
  return refHash(suite, 'MLS 1.0 KeyPackage Reference', keyPackageBytes);
}

export function proposalRef(suite: CipherSuite, authenticatedContentBytes: Uint8Array): Uint8Array {
  return refHash(suite, 'MLS 1.0 Proposal Reference', authenticatedContentBytes);
}

function labelled(label: string, content: Uint8Array): Uint8Array {
  const bytes = withPrefix(label);
  const size = 1 + bytes.length + lengthSize(content.length) + content.length;
  return new Writer(size).opaque(bytes).opaque(content).finish();
}

/** SignContent (RFC 9420 §5.1.2) with the content that `write` writes, without a copy of it in between. */
export function signContentWith(label: string, write: (writer: Writer) => void, sizeHint = 1024): Uint8Array {
  return new Writer(sizeHint).opaque(withPrefix(label)).nested(write).finish();
}

/** SignWithLabel (RFC 9420 §5.1.2). */
export function signWithLabel(signer: Signer, label: string, content: Uint8Array): Awaitable<Uint8Array> {
  return signer.sign(labelled(label, content));
}

/** VerifyWithLabel (RFC 9420 §5.1.2). */
export function verifyWithLabel(
  suite: CipherSuite,
  publicKey: Uint8Array,
  label: string,
  content: Uint8Array,
  signature: Uint8Array,
): Awaitable<boolean> {
  return suite.signature.verify(publicKey, labelled(label, content), signature);
}

/** EncryptWithLabel (RFC 9420 §5.1.3). */
export async function encryptWithLabel(
  suite: CipherSuite,
  publicKey: Uint8Array,
  label: string,
  context: Uint8Array,
  plaintext: Uint8Array,
): Promise<HpkeCiphertext> {
  return suite.hpke.seal(publicKey, labelled(label, context), emptyBytes, plaintext);
}

/** DecryptWithLabel (RFC 9420 §5.1.3); null where it does not open. */
export async function decryptWithLabel(
  suite: CipherSuite,
  privateKey: Uint8Array,
  label: string,
  context: Uint8Array,
  sealed: HpkeCiphertext,
): Promise<Uint8Array | null> {
  return suite.hpke.open(privateKey, sealed.enc, labelled(label, context), emptyBytes, sealed.ciphertext);
}
