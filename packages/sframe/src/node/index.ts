/** SFrame (RFC 9605) with node:crypto: synchronous. */
export { createSyncFrameOpener, type SyncFrameOpener } from './syncFrameOpener.ts';
export { createSyncFrameSealer, type SyncFrameSealer } from './syncFrameSealer.ts';
