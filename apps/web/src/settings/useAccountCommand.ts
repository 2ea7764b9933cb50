import { useState } from 'react';
import { accountProblemSentence } from '../entry/problemSentences.ts';
import type { AccountProblem, AccountSecret, Outcome, PairingProblem } from '../sotto.ts';
import { words } from '../words.ts';
import { type Secret, wipe } from './useSecret.ts';

type Command = () => Promise<Outcome<unknown, AccountProblem | PairingProblem>>;

/** Runs a command about the account, once at a time, and says in a sentence what went wrong. */
export function useAccountCommand(): {
  busy: boolean;
  problem: string | null;
  setProblem: (problem: string | null) => void;
  /** True where it was done. */
  run: (command: Command) => Promise<boolean>;
  /** The same for one that needs what opens the account. */
  runWith: (secret: Secret, command: (given: AccountSecret) => ReturnType<Command>) => Promise<boolean>;
} {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const run = async (command: Command): Promise<boolean> => {
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
  const runWith = async (
    secret: Secret,
    command: (given: AccountSecret) => ReturnType<Command>,
  ): Promise<boolean> => {
    if (!secret.isFilled) {
      setProblem(words.security.secretMissing);
      return false;
    }
    setBusy(true);
    setProblem(null);
    const asked = await secret.give();
    if (asked.kind === 'problem') {
      setProblem(words.passkeys.problem[asked.problem]);
      setBusy(false);
      return false;
    }
    try {
      return await run(() => command(asked.value));
    } finally {
      wipe(asked.value);
    }
  };
  return { busy, problem, setProblem, run, runWith };
}
