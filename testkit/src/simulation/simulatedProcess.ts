/**
 * One run of a program, from its start to its crash or end (spec/simulator.md §Crashes). Whatever a program
 * asked for while it lived must not reach it, nor leave it, once it is dead: all of its ports go through here.
 */
import type { VirtualTime } from './virtualTime.ts';

export interface SimulatedProcess {
  readonly alive: boolean;
  /** Runs `run` after `delayMs` of being awake, and not at all once the process is dead. */
  schedule(delayMs: number, run: () => void): () => void;
  /** The process ends here, whatever it was doing. */
  kill(): void;
  /** Nothing runs until `wake`; then everything whose time has come does. */
  sleep(): void;
  wake(): void;
}

export function createSimulatedProcess(time: VirtualTime): SimulatedProcess {
  let alive = true;
  let asleep = false;
  let missed: (() => void)[] = [];
  return {
    get alive() {
      return alive;
    },
    schedule(delayMs, run) {
      let cancelled = false;
      const attempt = () => {
        if (!alive || cancelled) return;
        if (asleep) missed.push(attempt);
        else run();
      };
      const cancelEvent = time.schedule(delayMs, attempt);
      return () => {
        cancelled = true;
        cancelEvent();
      };
    },
    kill() {
      alive = false;
      missed = [];
    },
    sleep() {
      asleep = true;
    },
    wake() {
      if (!asleep) return;
      asleep = false;
      const late = missed;
      missed = [];
      for (const run of late) time.schedule(0, run);
    },
  };
}
