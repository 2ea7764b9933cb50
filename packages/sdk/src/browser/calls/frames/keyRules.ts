/** What holds for the keys of frames in every kind of call. */
import { suiteIds } from '@sotto/sframe';

/** RFC 9605's strongest suite; the engine derives keys for it. */
export const frameSuite = suiteIds.aes256GcmSha512x128;
/** Frames under the key before may still be on their way. */
export const oldKeyLifetimeMs = 10_000;

/** Runs `task` after a time. */
export type Later = (delayMs: number, task: () => void) => void;
