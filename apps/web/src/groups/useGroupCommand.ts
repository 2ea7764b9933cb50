import { useRef, useState } from 'react';
import type { GroupProblem, Outcome } from '../sotto.ts';
import { words } from '../words.ts';
import { groupProblemSentence } from './groupProblemSentence.ts';

export interface GroupCommand {
  readonly busy: boolean;
  readonly problem: string | null;
  setProblem(problem: string | null): void;
  /** Runs one command at a time; null where it was not done, and `problem` says why. */
  run<Value>(command: () => Promise<Outcome<Value, GroupProblem>>): Promise<{ value: Value } | null>;
}

/** A command about a group, from a button: whether it runs, and what went wrong. */
export function useGroupCommand(): GroupCommand {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const running = useRef(false);
  return {
    busy,
    problem,
    setProblem,
    run: async (command) => {
      if (running.current) return null;
      running.current = true;
      setBusy(true);
      setProblem(null);
      try {
        const outcome = await command();
        if (outcome.kind === 'ok') return { value: outcome.value };
        setProblem(groupProblemSentence(outcome.problem));
      } catch {
        setProblem(words.problem.unexpected);
      } finally {
        running.current = false;
        setBusy(false);
      }
      return null;
    },
  };
}
