import { type FormEvent, useCallback, useEffect, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { Outcome, ResetProblem, ResetResult } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { EntryFrame } from './EntryFrame.tsx';
import { OwnPassword } from './OwnPassword.tsx';
import { resetProblemSentence } from './problemSentences.ts';

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
  const [chosen, setChosen] = useState({ value: '', accepted: false });
  const choose = useCallback((value: string, accepted: boolean) => setChosen({ value, accepted }), []);
  const [known, setKnown] = useState(false);
  const [busy, setBusy] = useState(false);
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
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    if (!chosen.accepted) return setProblem(words.security.newPasswordWeak);
    if (!known) return setProblem(reset.mustConfirm);
    setBusy(true);
    setProblem(null);
    try {
      const outcome = await startOver(chosen.value);
      if (outcome.kind === 'problem') setProblem(resetProblemSentence(outcome.problem));
    } catch {
      setProblem(words.problem.unexpected);
    }
    setBusy(false);
  };
  const title = username === null ? reset.title : reset.linkTitle(username);
  return (
    <EntryFrame title={title} text={reset.linkText} focusHeading>
      {username === null ? (
        <>
          {problem === null && <p role="status">{reset.linkLoading}</p>}
          <Problem text={problem} />
        </>
      ) : (
        <form onSubmit={submit} noValidate>
          <p className="entry-text">{reset.linkLead}</p>
          <ul className="entry-consequences">
            {reset.linkConsequences.map((consequence) => (
              <li key={consequence}>{consequence}</li>
            ))}
          </ul>
          <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
          <OwnPassword
            username={username}
            label={words.security.newPassword}
            autoFocus={false}
            value={chosen.value}
            onChange={choose}
          />
          <label className="check">
            <input type="checkbox" checked={known} onChange={(event) => setKnown(event.target.checked)} />
            {reset.confirm}
          </label>
          <Problem text={problem} />
          <Button type="submit" look="primary" wide busy={busy}>
            {busy ? reset.working : reset.submit}
          </Button>
        </form>
      )}
      <p className="entry-switch">
        <Button look="plain" onClick={onBack}>
          {reset.signInInstead}
        </Button>
      </p>
    </EntryFrame>
  );
}
