/** Joining while no relay runs (spec/groupCallMedia.md, "Connecting"): one that is started again is waited for, not for ever. */
import type { GroupCallProblem, Outcome } from '@sotto/client/api';

const againMs = 1_000;
const patienceMs = 15_000;

/** What `join` came to; asked again while there is no relay for the call, until `isOver`. */
export async function joinPatiently<Value>(
  join: () => Promise<Outcome<Value, GroupCallProblem>>,
  isOver: () => boolean,
): Promise<Outcome<Value, GroupCallProblem>> {
  const untilMs = Date.now() + patienceMs;
  for (;;) {
    const joined = await join();
    const isWaiting = joined.kind === 'problem' && isWithoutRelay(joined.problem);
    if (!isWaiting || isOver() || Date.now() >= untilMs) return joined;
    await new Promise((resolve) => setTimeout(resolve, againMs));
    if (isOver()) return joined;
  }
}

/** The server's word where none of its relays runs. */
export function isWithoutRelay(problem: GroupCallProblem): boolean {
  return problem.kind === 'refused' && problem.code === 'unavailable';
}
