/**
 * When an account was first shown the messages of a conversation (spec/disappearing.md, "Clocks"): steps, each "everything
 * up to this entry by then at the latest". Invariant: from one step to the next both numbers grow, so merging is
 * commutative, associative and idempotent up to `stepsLimit`, and never makes anything later.
 */
import { limits } from '@sotto/protocol';

export interface DisplayedStep {
  readonly throughSeq: number;
  /** The server's time, as the device that showed it knew it. */
  readonly atMs: number;
}

/** More are joined: what was shown in between counts as shown with what was shown before it. */
export const stepsLimit = 64;

/** Both together. */
export function mergeDisplayed(
  one: readonly DisplayedStep[],
  other: readonly DisplayedStep[],
): readonly DisplayedStep[] {
  const all = [...one, ...other].sort((a, b) => b.throughSeq - a.throughSeq || a.atMs - b.atMs);
  const steps: DisplayedStep[] = [];
  let leastMs = Number.POSITIVE_INFINITY;
  for (const step of all) {
    // What a further step was shown by, this one was too.
    if (step.atMs >= leastMs) continue;
    leastMs = step.atMs;
    steps.push(step);
  }
  return joined(steps.reverse());
}

/** When the entry at `seq` was first shown; null where it was not. */
export function displayedAt(steps: readonly DisplayedStep[], seq: number): number | null {
  return steps.find(({ throughSeq }) => throughSeq >= seq)?.atMs ?? null;
}

/** Without the steps of which every message is gone by now, whatever its timer was. */
export function withoutExpired(steps: readonly DisplayedStep[], nowMs: number): readonly DisplayedStep[] {
  return steps.filter(({ atMs }) => atMs + limits.timerSeconds.max * 1000 > nowMs);
}

/** The steps that lie closest in time become one, with the further entry and the earlier time. */
function joined(steps: DisplayedStep[]): readonly DisplayedStep[] {
  while (steps.length > stepsLimit) {
    let at = 1;
    for (let next = 2; next < steps.length; next++) {
      const gap = steps[next]!.atMs - steps[next - 1]!.atMs;
      if (gap < steps[at]!.atMs - steps[at - 1]!.atMs) at = next;
    }
    steps.splice(at - 1, 2, { throughSeq: steps[at]!.throughSeq, atMs: steps[at - 1]!.atMs });
  }
  return steps;
}
