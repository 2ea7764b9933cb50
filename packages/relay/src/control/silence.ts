/**
 * Notices when the other side falls silent. It counts ticks, not time: a process that was itself halted (a blocked event
 * loop, a machine that slept) has seen one tick in all that while, and takes nothing that it has not read yet for silence.
 */

const tickMs = 1000;

export interface Silence {
  /** Something came. */
  heard(): void;
  stop(): void;
}

/** Tells once, after `seconds` in which nothing came, or up to one less. */
export function watchSilence(seconds: number, fellSilent: () => void): Silence {
  let ticks = 0;
  const ticking = setInterval(() => {
    ticks += 1;
    if (ticks < seconds) return;
    clearInterval(ticking);
    fellSilent();
  }, tickMs);
  ticking.unref();
  return {
    heard() {
      ticks = 0;
    },
    stop: () => clearInterval(ticking),
  };
}
