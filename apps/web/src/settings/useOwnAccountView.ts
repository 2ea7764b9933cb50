import { useCallback, useEffect, useState } from 'react';
import { serverProblemSentence } from '../entry/problemSentences.ts';
import type { OwnAccountView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { useWatched } from '../state/useWatched.ts';
import { words } from '../words.ts';

const againMs = 15_000;

/** Devices and security log: asked for at once, again when the connection is back, and while the page is open. */
export function useOwnAccountView(): {
  account: OwnAccountView | null;
  problem: string | null;
  refresh: () => void;
} {
  const sotto = useSotto();
  const connection = useWatched({ kind: 'connection' });
  const [account, setAccount] = useState<OwnAccountView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const refresh = useCallback(() => {
    sotto.readOwnAccount().then(
      (outcome) => {
        if (outcome.kind === 'ok') setAccount(outcome.value);
        setProblem(outcome.kind === 'ok' ? null : serverProblemSentence(outcome.problem));
      },
      () => setProblem(words.problem.unexpected),
    );
  }, [sotto]);
  const isOnline = connection?.kind === 'online';
  useEffect(() => {
    refresh();
    if (!isOnline) return;
    const timer = setInterval(refresh, againMs);
    return () => clearInterval(timer);
  }, [refresh, isOnline]);
  return { account, problem, refresh };
}
