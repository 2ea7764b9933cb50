/**
 * Calls of two that can go on as group calls (spec/groupCallMedia.md, "From one call to another"): what the group call needs of the
 * session it grows out of, which pages do not.
 */
import type { GroupCallPlace } from '@sotto/client/api';
import type { LentMedia } from './localMedia.ts';

export interface GrowingCall {
  lend(): LentMedia;
  /** Tells the other side where it goes on. */
  tellMoved(to: GroupCallPlace): void;
  /** Once, when the other side tells so. */
  whenMoved(listener: (to: GroupCallPlace) => void): void;
}

/** By session. */
export const growingCalls = new WeakMap<object, GrowingCall>();
