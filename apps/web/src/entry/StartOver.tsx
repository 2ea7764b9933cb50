import { useEffect, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { Outcome, ResetProblem, ResetResult } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { EntryFrame } from './EntryFrame.tsx';
import { resetProblemSentence } from './problemSentences.ts';
import { ResetForm } from './ResetForm.tsx';

interface StartOverProps {
  /** From the operator. */
  link: string;
  startOver: (newPassword: string) => Promise<Outcome<ResetResult, ResetProblem>>;
  onBack: () => void;
}

/** For who has lost everything that opens their account, and every device: the name with new keys. */
export function StartOver({ link, startOver, onBack }: StartOverProps) {
  const sotto = useSotto();
  const { reset } = words;
  const [username, setUsername] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    sotto.resolveReset(link).then(
      (outcome) => {
        if (!current) return;
        if (outcome.kind === 'ok') setUsername(outcome.value.username);
        else setProblem(resetProblemSentence(outcome.problem));
      },
      () => current && setProblem(words.problem.unexpected),
    );
    return () => {
      current = false;
    };
  }, [sotto, link]);
  const title = username === null ? reset.title : reset.linkTitle(username);
  return (
    <EntryFrame title={title} text={reset.linkText} focusHeading>
      {username === null ? (
        <>
          {problem === null && <p role="status">{reset.linkLoading}</p>}
          <Problem text={problem} />
        </>
      ) : (
        <ResetForm
          username={username}
          consequences={reset.linkConsequences}
          startOver={startOver}
          lead={<p className="entry-text">{reset.linkLead}</p>}
          actions={(busy) => (
            <Button type="submit" look="primary" wide busy={busy}>
              {busy ? reset.working : reset.submit}
            </Button>
          )}
        />
      )}
      <p className="entry-switch">
        <Button look="plain" onClick={onBack}>
          {reset.signInInstead}
        </Button>
      </p>
    </EntryFrame>
  );
}
