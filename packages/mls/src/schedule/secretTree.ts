/**
 * Secret tree (RFC 9420 §9) as a persistent binary tree: a message replaces the nodes from the root to its
 * sender's leaf and shares the rest.
 */
export interface SecretTree {
  readonly root: SecretNode;
  /** Leaves the tree spans: a power of two. */
  readonly leafCount: number;
}

export type SecretNode =
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  | { readonly kind: 'parent'; readonly left: SecretNode; readonly right: SecretNode }
  | { readonly kind: 'leaf'; readonly handshake: Ratchet; readonly application: Ratchet };

/** A sender's hash ratchet (RFC 9420 §9.1): the secret of the next generation, and keys of skipped ones. */
export interface Ratchet {
  readonly secret: Uint8Array;
  readonly generation: number;
  readonly skipped: readonly SkippedKey[];
}

/** Key and nonce of a generation that has not arrived; never the ratchet secret. */
export interface SkippedKey {
  readonly generation: number;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}
