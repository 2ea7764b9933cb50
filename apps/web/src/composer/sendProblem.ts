import type { SendProblem } from '../sotto.ts';
import { words } from '../words.ts';

/** Why a message was not taken, or what it means for the user. */
export function sendProblemSentence(problem: SendProblem): string {
  const { composer } = words.messaging;
  switch (problem.kind) {
    case 'tooLong':
      return words.composer.tooLong;
    case 'notAllowed':
      return composer.adminsOnly;
    case 'ended':
      return composer.groupEnded;
    case 'unknownMessage':
      return composer.unknownMessage;
    case 'unknownConversation':
    case 'peerReplaced':
      return words.composer.unknownConversation;
    case 'empty':
    case 'tooManyAttachments':
    case 'fileTooLarge':
      return words.problem.unexpected;
  }
}
