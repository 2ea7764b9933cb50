import type { Clock } from '../ports.ts';

/** A moment that is waited for. */
export interface Deadline {
  readonly atMs: number;
  readonly delayMs: number;
}

export function startDeadline(clock: Clock, delayMs: number): Deadline {
  return { atMs: clock.now() + delayMs, delayMs };
}

/** 0 once it has come. A clock that was set back makes it come now, not in a day. */
export function timeLeftMs(clock: Clock, deadline: Deadline | null): number {
  if (deadline === null) return 0;
  const leftMs = deadline.atMs - clock.now();
  return leftMs > 0 && leftMs <= deadline.delayMs ? leftMs : 0;
}
