import { serverProblemSentence } from '../entry/problemSentences.ts';
import type { GroupProblem } from '../sotto.ts';
import { words } from '../words.ts';

/** Why a group is not as somebody wanted it, and what to do. */
export function groupProblemSentence(problem: GroupProblem): string {
  const { problem: sentences } = words.groups;
  switch (problem.kind) {
    case 'offline':
    case 'refused':
      return serverProblemSentence(problem);
    case 'tooManyMembers':
    case 'tooManyAdmins':
    case 'tooManyInvites':
    case 'tooLong':
      return sentences[problem.kind](problem.limit);
    default:
      return sentences[problem.kind];
  }
}
