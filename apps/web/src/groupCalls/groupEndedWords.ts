/** What is told once this page is out of a group's call. */
import type { GroupCallEnding } from '@sotto/sdk/groupCalls';
import { callDuration } from '../calls/callDuration.ts';
import type { GroupCallProblem } from '../sotto.ts';
import { words } from '../words.ts';
import { callWords } from '../wordsCalls.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';

export interface GroupEndedWords {
  readonly title: string;
  readonly text: string | null;
  /** `brief`: told for a moment. `again`: it can be come back to, while it is open. `stays`: until it is closed. */
  readonly kind: 'brief' | 'again' | 'stays';
}

const say = groupCallWords.ended;

/** `talkedMs`: how long this device was in it; null: it never was. */
export function groupEndedWords(ending: GroupCallEnding, talkedMs: number | null): GroupEndedWords {
  const duration = talkedMs === null ? null : callDuration(talkedMs);
  switch (ending.kind) {
    case 'left':
      return { title: duration === null ? say.leftEarly : say.left(duration), text: null, kind: 'brief' };
    case 'over':
      return { title: duration === null ? say.overEarly : say.over(duration), text: null, kind: 'brief' };
    case 'movedElsewhere':
    case 'movedOn':
      return { title: say.moved, text: null, kind: 'brief' };
    case 'removed':
      return { title: say.removed, text: say.removedText, kind: 'stays' };
    case 'locked':
      return { title: say.locked, text: say.lockedText, kind: 'stays' };
    case 'notConnected':
      return { title: say.failed, text: say.failedText, kind: 'again' };
    case 'connectionLost':
      return { title: say.lost, text: say.lostText, kind: 'again' };
    case 'insecure':
      return { title: say.insecure, text: say.insecureText, kind: 'stays' };
    case 'unsupported':
      return { title: say.notPossible, text: callWords.trouble.unsupported, kind: 'stays' };
    case 'refused':
      return { title: say.notPossible, text: groupRefusal(ending.problem), kind: 'stays' };
  }
}

/** A call of two was to go on as the group's call that has ended so, and goes on as it was. */
export function notGrownWords(ending: GroupCallEnding): GroupEndedWords {
  const { text, kind } = groupEndedWords(ending, null);
  return { title: say.notGrown, text, kind: kind === 'again' ? 'stays' : kind };
}

/** Why the engine refused it. */
function groupRefusal(problem: GroupCallProblem): string {
  const { kind } = problem;
  switch (kind) {
    case 'offline':
      return words.problem.offline;
    case 'refused':
      return problem.code === 'calls_off' ? groupCallWords.problem.callsOff : words.problem.refused;
    default:
      return groupCallWords.problem[kind];
  }
}
