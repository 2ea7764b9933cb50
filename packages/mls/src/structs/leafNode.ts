import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { DecodeError } from '../refusal.ts';
import { type Capabilities, readCapabilities, writeCapabilities } from './capabilities.ts';
import { type Credential, readCredential, writeCredential } from './credential.ts';
import { type Extension, readExtensions, writeExtensions } from './extension.ts';

/** Lifetime (RFC 9420 §7.2), seconds since 1970, both ends inclusive. */
export interface Lifetime {
  readonly notBefore: bigint;
  readonly notAfter: bigint;
}

export type LeafNodeSource =
  | { readonly kind: 'keyPackage'; readonly lifetime: Lifetime }
  | { readonly kind: 'update' }
  | { readonly kind: 'commit'; readonly parentHash: Uint8Array };

/** LeafNode (RFC 9420 §7.2). */
export interface LeafNode {
  readonly encryptionKey: Uint8Array;
  readonly signatureKey: Uint8Array;
  readonly credential: Credential;
  readonly capabilities: Capabilities;
  readonly source: LeafNodeSource;
  readonly extensions: readonly Extension[];
  readonly signature: Uint8Array;
}

/** Where a leaf sits; part of what is signed unless it comes from a KeyPackage. */
export interface LeafPosition {
  readonly groupId: Uint8Array;
  readonly leafIndex: number;
}

const sourceCodes = { keyPackage: 1, update: 2, commit: 3 } as const;

type UnsignedLeafNode = Omit<LeafNode, 'signature'>;

function writeUnsigned(writer: Writer, leaf: UnsignedLeafNode): void {
  writer.opaque(leaf.encryptionKey).opaque(leaf.signatureKey);
  writeCredential(writer, leaf.credential);
  writeCapabilities(writer, leaf.capabilities);
  writer.u8(sourceCodes[leaf.source.kind]);
  switch (leaf.source.kind) {
    case 'keyPackage':
      writer.u64(leaf.source.lifetime.notBefore).u64(leaf.source.lifetime.notAfter);
      break;
    case 'update':
      break;
    case 'commit':
      writer.opaque(leaf.source.parentHash);
      break;
  }
  writeExtensions(writer, leaf.extensions);
}

export function writeLeafNode(writer: Writer, leaf: LeafNode): void {
  writeUnsigned(writer, leaf);
  writer.opaque(leaf.signature);
}

function readSource(reader: Reader): LeafNodeSource {
  switch (reader.u8()) {
    case sourceCodes.keyPackage:
      return { kind: 'keyPackage', lifetime: { notBefore: reader.u64(), notAfter: reader.u64() } };
    case sourceCodes.update:
      return { kind: 'update' };
    case sourceCodes.commit:
      return { kind: 'commit', parentHash: reader.opaque() };
    default:
      throw new DecodeError('MLS-7.2-01');
  }
}

export function readLeafNode(reader: Reader): LeafNode {
  return {
    encryptionKey: reader.opaque(),
    signatureKey: reader.opaque(),
    credential: readCredential(reader),
    capabilities: readCapabilities(reader),
    source: readSource(reader),
    extensions: readExtensions(reader),
    signature: reader.opaque(),
  };
}

/** LeafNodeTBS: `position` is written for leaves of source update and commit only. */
export function writeLeafNodeTbs(writer: Writer, leaf: UnsignedLeafNode, position: LeafPosition): void {
  writeUnsigned(writer, leaf);
  if (leaf.source.kind !== 'keyPackage') writer.opaque(position.groupId).u32(position.leafIndex);
}
