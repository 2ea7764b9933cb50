/**
 * Every bound the engine keeps, in one place. A message that would cross one is refused (or fails to
 * decode), so the work and memory an input can cause is bounded by these numbers.
 */
export const limits = {
  /** Leaves of a ratchet tree, blank ones included (power of two). */
  maxTreeLeaves: 4096,
  /** One MLSMessage, bytes. */
  maxMessageBytes: 16 * 1024 * 1024,
  /** An encoded ratchet tree, bytes. */
  maxTreeBytes: 32 * 1024 * 1024,
  /** Proposals in one commit, by value and by reference together. */
  maxProposals: 2048,
  /** Proposals kept for being referred to, in one epoch. */
  maxStoredProposals: 256,
  /** PreSharedKey proposals in one commit, and pre-shared keys of one Welcome. */
  maxPreSharedKeys: 32,
  /** Extensions in one list. */
  maxExtensions: 64,
  /** Generations a sender may be ahead of what was received. */
  maxForwardGenerations: 1024,
  /** Key and nonce pairs kept for skipped generations, per sender and content type. */
  maxSkippedKeys: 128,
  /** Generations after which the key of a skipped one is dropped. */
  maxSkippedAge: 1024,
  /** Length of a group id or of a pre-shared key id, bytes. */
  maxIdBytes: 1024,
  /** Padding of one message, bytes. */
  maxPaddingBytes: 1024 * 1024,
  /** Allowed clock difference when lifetimes are checked, seconds. */
  lifetimeSkewSeconds: 24 * 3600,
  /** Longest lifetime of a KeyPackage accepted when adding, seconds (RFC 9420 §7.2 asks for one). */
  maxLifetimeSeconds: 400 * 24 * 3600,
} as const;
