import type { Outcome } from '@sotto/client/api';

/** Thrown by `resultOf`: `problem` is what the command answered. */
export class CommandProblem extends Error {
  override readonly name = 'CommandProblem';
  readonly problem: { readonly kind: string };

  constructor(problem: { readonly kind: string }) {
    super(problem.kind);
    this.problem = problem;
  }
}

/** What came out of a command, for programs that have nothing better to do about a problem than to stop. */
export function resultOf<Value>(outcome: Outcome<Value, { readonly kind: string }>): Value {
  if (outcome.kind === 'ok') return outcome.value;
  throw new CommandProblem(outcome.problem);
}
