/**
 * SFrame (RFC 9605): end-to-end encryption of media frames, with Web Crypto. `@sotto/sframe/node` has the same without
 * promises on node:crypto.
 */
export { createFrameOpener, type FrameOpener } from './frameOpener.ts';
export { createFrameSealer, type FrameSealer } from './frameSealer.ts';
export { clearBytes, type FrameCodec, frameCodecs, readFrameCodec } from './frameShape.ts';
export { decodeHeader, encodeHeader, type Header } from './header.ts';
export { limits } from './limits.ts';
export type { AddKeyResult, FrameOpenerOptions } from './opening.ts';
export type {
  Failed,
  OpenedFrame,
  OpenFailure,
  OpenResult,
  SealedFrame,
  SealFailure,
  SealResult,
} from './results.ts';
export type { FrameSealerOptions } from './sealing.ts';
export { type SuiteId, suiteIds } from './suites.ts';
