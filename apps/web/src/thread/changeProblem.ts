import type { ChangeProblem } from '../sotto.ts';
import { words } from '../words.ts';

/** Why a message was not changed, or what it means for the user. */
export function changeProblemSentence(problem: ChangeProblem): string {
  const { composer } = words.messaging;
  switch (problem.kind) {
    case 'tooLong':
      return words.composer.tooLong;
    case 'tooManyEdits':
    case 'tooManyPins':
    case 'notAllowed':
    case 'unknownMessage':
      return composer[problem.kind];
    case 'empty':
      return composer.emptyEdit;
    case 'notAnEmoji':
      return words.problem.unexpected;
  }
}
