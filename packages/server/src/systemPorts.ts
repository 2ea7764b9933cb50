import { getRandomValues } from 'node:crypto';
import type { Clock, Logger, Random } from './ports.ts';

/** The real clock. Timers do not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  defer: (run) => {
    setImmediate(run);
  },
};

export const systemRandom: Random = {
  bytes: (sizeBytes) => getRandomValues(new Uint8Array(sizeBytes)),
};

/** For tests and programs that keep no log. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
