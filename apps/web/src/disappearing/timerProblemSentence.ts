import type { TimerProblem } from '../sotto.ts';
import { words } from '../words.ts';

/** Why a timer is not as somebody wanted it. */
export function timerProblemSentence({ kind }: TimerProblem): string {
  return words.disappearing.problem[kind];
}
