import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';

/** ParentNode (RFC 9420 §7.1). `unmergedLeaves` are leaf indices, ascending. */
export interface ParentNode {
  readonly encryptionKey: Uint8Array;
  readonly parentHash: Uint8Array;
  readonly unmergedLeaves: readonly number[];
}

export function writeParentNode(writer: Writer, node: ParentNode): void {
  writer.opaque(node.encryptionKey).opaque(node.parentHash);
  writer.vector(node.unmergedLeaves, (inner, leaf) => {
    inner.u32(leaf);
  });
}

export function readParentNode(reader: Reader): ParentNode {
  return {
    encryptionKey: reader.opaque(),
    parentHash: reader.opaque(),
    unmergedLeaves: reader.vector((inner) => inner.u32(), limits.maxTreeLeaves),
  };
}
