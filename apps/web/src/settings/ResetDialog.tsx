import { type FormEvent, useCallback, useState } from 'react';
import { OwnPassword } from '../entry/OwnPassword.tsx';
import { resetProblemSentence } from '../entry/problemSentences.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { Outcome, ResetProblem, ResetResult } from '../sotto.ts';
import { words } from '../words.ts';
import '../entry/entry.css';

interface ResetDialogProps {
  username: string;
  startOver: (newPassword: string) => Promise<Outcome<ResetResult, ResetProblem>>;
  onClose: () => void;
}

/** Says what starting over ends. Where it succeeds, the session under this dialog is over. */
export function ResetDialog({ username, startOver, onClose }: ResetDialogProps) {
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
    <Dialog title={reset.dialogTitle} text={reset.lead(username)} onClose={onClose}>
      <form className="settings-form" onSubmit={submit} noValidate>
        <ul className="entry-consequences">
          {reset.consequences.map((consequence) => (
            <li key={consequence}>{consequence}</li>
          ))}
        </ul>
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
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button type="submit" look="danger" busy={busy}>
            {busy ? reset.working : reset.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
