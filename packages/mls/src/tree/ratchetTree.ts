import type { LeafNode } from '../structs/leafNode.ts';

/** ParentNode (RFC 9420 §7.1). */
export interface ParentNode {
  readonly kind: 'parent';
  readonly encryptionKey: Uint8Array;
  readonly parentHash: Uint8Array;
  readonly unmergedLeaves: readonly number[];
}

export interface LeafEntry {
  readonly kind: 'leaf';
  readonly leaf: LeafNode;
}

/** Ratchet tree (RFC 9420 §4.1, §7), copy on write: nodes by node index, null where blank. */
export interface RatchetTree {
  readonly leafCount: number;
  readonly nodes: readonly (LeafEntry | ParentNode | null)[];
}
