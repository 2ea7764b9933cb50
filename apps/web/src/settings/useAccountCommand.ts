import { useState } from 'react';
import { accountProblemSentence } from '../entry/problemSentences.ts';
import type { AccountProblem, Outcome } from '../sotto.ts';
import { words } from '../words.ts';

/** Runs a command that opens the account, once at a time, and says in a sentence what went wrong. */
export function useAccountCommand(): {
  busy: boolean;
  problem: string | null;
  setProblem: (problem: string | null) => void;
  /** True where it was done. */
  run: (command: () => Promise<Outcome<unknown, AccountProblem>>) => Promise<boolean>;
} {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const run = async (command: () => Promise<Outcome<unknown, AccountProblem>>): Promise<boolean> => {
    setBusy(true);
    setProblem(null);
    try {
      const outcome = await command();
      if (outcome.kind === 'ok') return true;
      setProblem(accountProblemSentence(outcome.problem));
    } catch {
      setProblem(words.problem.unexpected);
    } finally {
      setBusy(false);
    }
    return false;
  };
  return { busy, problem, setProblem, run };
}
