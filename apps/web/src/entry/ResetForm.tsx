import { type FormEvent, type ReactNode, useCallback, useState } from 'react';
import { Problem } from '../parts/Problem.tsx';
import type { Outcome, ResetProblem, ResetResult } from '../sotto.ts';
import { words } from '../words.ts';
import { OwnPassword } from './OwnPassword.tsx';
import { resetProblemSentence } from './problemSentences.ts';
import './entry.css';

interface ResetFormProps {
  className?: string;
  username: string;
  /** What starting over ends. */
  consequences: readonly string[];
  startOver: (newPassword: string) => Promise<Outcome<ResetResult, ResetProblem>>;
  /** Before the list of consequences. */
  lead?: ReactNode;
  /** The buttons. */
  actions: (busy: boolean) => ReactNode;
}

/** Asks for a new password and for the word that what it ends is known. Where it succeeds, the session changes by itself. */
export function ResetForm({ className, username, consequences, startOver, lead, actions }: ResetFormProps) {
  const { reset } = words;
  const [chosen, setChosen] = useState({ value: '', accepted: false });
  const choose = useCallback((value: string, accepted: boolean) => setChosen({ value, accepted }), []);
  const [known, setKnown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
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
  return (
    <form className={className} onSubmit={submit} noValidate>
      {lead}
      <ul className="entry-consequences">
        {consequences.map((consequence) => (
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
      {actions(busy)}
    </form>
  );
}
