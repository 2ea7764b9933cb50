/** After how long messages disappear (spec/disappearing.md, "Timer"). */
import { limits } from '@sotto/protocol';

/** Whether a conversation, or a message, can have this timer: whole seconds within the limits, or 0 for none. */
export function isTimer(seconds: number): boolean {
  const { min, max } = limits.timerSeconds;
  return seconds === 0 || (Number.isInteger(seconds) && seconds >= min && seconds <= max);
}

/** What counts where the message and its conversation differ: the shorter. 0 is none, so longer than any. */
export function shorterTimer(one: number, other: number): number {
  if (one === 0 || other === 0) return Math.max(one, other);
  return Math.min(one, other);
}
