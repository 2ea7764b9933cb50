import type { Clock } from '@sotto/client';

/** The platform's own clock, in Node and in workers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
