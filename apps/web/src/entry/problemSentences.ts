/** A sentence that a person can act on, for each way a command can fail. */
import type {
  AccountProblem,
  FindProblem,
  InviteProblem,
  PairingProblem,
  RegisterProblem,
  ResetProblem,
  ServerProblem,
  SignInProblem,
} from '../sotto.ts';
import { words } from '../words.ts';

export function serverProblemSentence(problem: ServerProblem): string {
  if (problem.kind === 'offline') return words.problem.offline;
  switch (problem.code) {
    case 'rate_limited':
      return words.problem.tooOften;
    case 'unavailable':
      return words.problem.busy;
    default:
      return words.problem.refused;
  }
}

export function registerProblemSentence(problem: RegisterProblem, username: string): string {
  if (problem.kind === 'offline' || problem.kind === 'refused') return serverProblemSentence(problem);
  if (problem.kind === 'passwordTooShort') return words.entry.passwordShort(problem.limit);
  if (problem.kind === 'passwordTooLong') return words.entry.passwordLong(problem.limit);
  if (problem.kind === 'usernameTaken') return words.problem.usernameTaken(username);
  return words.problem[problem.kind];
}

export function signInProblemSentence(problem: SignInProblem, username: string): string {
  if (problem.kind === 'offline' || problem.kind === 'refused') return serverProblemSentence(problem);
  if (problem.kind === 'tooManyTries') return words.problem.tooManyTries(problem.retryAfterMs);
  if (problem.kind === 'unknownAccount') return words.problem.unknownAccount(username);
  return words.problem[problem.kind];
}

export function accountProblemSentence(problem: AccountProblem | PairingProblem): string {
  if (problem.kind === 'offline' || problem.kind === 'refused') return serverProblemSentence(problem);
  if (problem.kind === 'tooManyTries') return words.problem.tooManyTries(problem.retryAfterMs);
  if (problem.kind === 'passwordTooShort') return words.entry.passwordShort(problem.limit);
  if (problem.kind === 'passwordTooLong') return words.entry.passwordLong(problem.limit);
  if (problem.kind === 'tooManyPasskeys') return words.problem.tooManyPasskeys(problem.limit);
  if (problem.kind === 'unknownAccount') return words.problem.refused;
  if (problem.kind === 'cancelled') return words.problem.expired;
  return words.problem[problem.kind];
}

export function recoverProblemSentence(problem: AccountProblem | SignInProblem, username: string): string {
  switch (problem.kind) {
    case 'unknownAccount':
      return words.problem.unknownAccount(username);
    case 'storage':
    case 'interrupted':
      return words.problem[problem.kind];
    default:
      return accountProblemSentence(problem);
  }
}

export function findProblemSentence(problem: FindProblem, username: string): string {
  if (problem.kind === 'offline' || problem.kind === 'refused') return serverProblemSentence(problem);
  if (problem.kind === 'unknownAccount') return words.newConversation.foundNobody(username);
  if (problem.kind === 'newIdentity') return words.problem.newIdentity(username);
  return words.problem[problem.kind];
}

export function inviteProblemSentence(problem: InviteProblem): string {
  return problem.kind === 'invalidInvite' ? words.problem.invalidInvite : serverProblemSentence(problem);
}

export function resetProblemSentence(problem: ResetProblem): string {
  switch (problem.kind) {
    case 'invalidResetLink':
    case 'accountClosed':
      return words.reset.problem[problem.kind];
    case 'storage':
    case 'interrupted':
      return words.problem[problem.kind];
    case 'passwordTooShort':
      return words.entry.passwordShort(problem.limit);
    case 'passwordTooLong':
      return words.entry.passwordLong(problem.limit);
    case 'tooManyTries':
      return words.problem.tooManyTries(problem.retryAfterMs);
    default:
      return serverProblemSentence(problem);
  }
}
