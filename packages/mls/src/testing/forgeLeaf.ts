import type { CipherSuite } from '@sotto/primitives';
import { encodeWith } from '../codec/writer.ts';
import { signLeafNode } from '../group/keyPackage.ts';
import type { Signer } from '../group/types.ts';
import { signWithLabel } from '../labels/labels.ts';
import { type KeyPackage, writeKeyPackageTbs } from '../structs/keyPackage.ts';
import type { LeafNode, LeafNodeSource, LeafPosition } from '../structs/leafNode.ts';

/** Leaves and KeyPackages that are signed correctly, whatever they say. */

export type LeafChanges = Partial<Omit<LeafNode, 'source'>>;

/** Keys of the leaf are `base`'s and `changes`'; a signature in `changes` stands instead of the right one. */
export async function forgeLeaf(
  suite: CipherSuite,
  signer: Signer,
  base: Pick<LeafNode, 'encryptionKey' | 'credential' | 'capabilities' | 'extensions'>,
  changes: LeafChanges,
  source: LeafNodeSource,
  position: LeafPosition,
): Promise<LeafNode> {
  const { credential, capabilities, extensions, encryptionKey } = { ...base, ...changes };
  const claiming: Signer = {
    publicKey: changes.signatureKey ?? signer.publicKey,
    sign: (message) => signer.sign(message),
  };
  const options = { credential, capabilities, extensions };
  const leaf = await signLeafNode(suite, claiming, options, encryptionKey, source, position);
  return { ...leaf, signature: changes.signature ?? leaf.signature };
}

/** The KeyPackage with other contents, signed again; a signature in `changes` stands instead. */
export async function forgeKeyPackage(
  signer: Signer,
  base: KeyPackage,
  changes: Partial<KeyPackage>,
): Promise<KeyPackage> {
  const unsigned = { ...base, ...changes };
  const tbs = encodeWith(unsigned, writeKeyPackageTbs, 2048);
  const signature = changes.signature ?? (await signWithLabel(signer, 'KeyPackageTBS', tbs));
  return { ...unsigned, signature };
}
