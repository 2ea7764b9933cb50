/** What is the matter in a group's call, in sentences. */
import type { CallProblemNow } from '@sotto/sdk/calls';
import type { GroupCallState } from '@sotto/sdk/groupCalls';
import { troubleSentence } from '../calls/callTrouble.ts';
import { callWords } from '../wordsCalls.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';

const say = groupCallWords.notes;

/** As in a call of two, where that does not speak of one other side. */
export function groupTrouble(problem: CallProblemNow): string {
  if (problem.kind === 'nothingReceived') return say.notHeard;
  if (problem.kind === 'framesNotOpened') return say.notOpened;
  if (problem.kind === 'deviceLost' && problem.device === 'microphone' && problem.replacedBy === null) {
    return say.microphoneGone;
  }
  return troubleSentence(problem);
}

/** Nothing of this one is heard; unmuting asks for the microphone again where there is none. */
export function isSilent({ isMuted, microphoneProblem }: GroupCallState['local']): boolean {
  return isMuted || microphoneProblem !== null;
}

/** What a host asks, or what is wrong, where the page that says it is not seen; null: nothing. */
export function urgentNote({
  muteAsked,
  local,
  problems,
}: Pick<GroupCallState, 'muteAsked' | 'local' | 'problems'>): string | null {
  if (muteAsked && !local.isMuted) return say.muteAsked;
  const [problem] = problems;
  return problem === undefined ? null : groupTrouble(problem);
}

/** The first of what is to be known, in the one line that there is for it. `waiting`: who wants to be let in. */
export function lineNote(
  state: Pick<GroupCallState, 'muteAsked' | 'local' | 'problems' | 'quality'>,
  waiting: number,
): string | null {
  const urgent = urgentNote(state);
  if (urgent !== null) return urgent;
  if (waiting > 0) return say.waiting(waiting);
  if (state.local.isSendingRefused) return say.sendingRefused;
  return state.quality.step === 'poor' ? callWords.quality.poor : null;
}
