import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { type LeafNode, readLeafNode, writeLeafNode } from './leafNode.ts';

/** HPKECiphertext (RFC 9420 §7.6). */
export interface HpkeCiphertext {
  readonly enc: Uint8Array;
  readonly ciphertext: Uint8Array;
}

export function writeHpkeCiphertext(writer: Writer, value: HpkeCiphertext): void {
  writer.opaque(value.enc).opaque(value.ciphertext);
}

export function readHpkeCiphertext(reader: Reader): HpkeCiphertext {
  return { enc: reader.opaque(), ciphertext: reader.opaque() };
}

/** UpdatePathNode (RFC 9420 §7.6). */
export interface UpdatePathNode {
  readonly encryptionKey: Uint8Array;
  readonly encryptedPathSecrets: readonly HpkeCiphertext[];
}

/** UpdatePath (RFC 9420 §7.6): the committer's new leaf, and nodes from the leaf's parent up. */
export interface UpdatePath {
  readonly leafNode: LeafNode;
  readonly nodes: readonly UpdatePathNode[];
}

export function writeUpdatePath(writer: Writer, path: UpdatePath): void {
  writeLeafNode(writer, path.leafNode);
  writer.vector(path.nodes, (inner, node) => {
    inner.opaque(node.encryptionKey).vector(node.encryptedPathSecrets, writeHpkeCiphertext);
  });
}

export function readUpdatePath(reader: Reader): UpdatePath {
  return {
    leafNode: readLeafNode(reader),
    nodes: reader.vector(
      (inner) => ({
        encryptionKey: inner.opaque(),
        encryptedPathSecrets: inner.vector(readHpkeCiphertext, limits.maxTreeLeaves),
      }),
      32,
    ),
  };
}
