import { type FormEvent, useCallback, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Problem } from '../parts/Problem.tsx';
import { TextField } from '../parts/TextField.tsx';
import { RecoveryCodeField } from '../settings/SecretField.tsx';
import { type DeviceId, normalizeUsername } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { EntryFrame } from './EntryFrame.tsx';
import { OwnPassword } from './OwnPassword.tsx';
import { recoverProblemSentence } from './problemSentences.ts';

interface RecoverProps {
  lastUsername: string | null;
  lost: { lostDevice?: DeviceId };
  onBack: () => void;
}

/** Username, recovery code and a new password, for who has forgotten theirs. */
export function Recover({ lastUsername, lost, onBack }: RecoverProps) {
  const sotto = useSotto();
  const { recover } = words;
  const [username, setUsername] = useState(lastUsername ?? '');
  const [code, setCode] = useState('');
  const [chosen, setChosen] = useState({ value: '', accepted: false });
  const choose = useCallback((value: string, accepted: boolean) => setChosen({ value, accepted }), []);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const normal = normalizeUsername(username);
    if (normal === null) return setProblem(words.problem.malformedUsername);
    if (code.trim() === '') return setProblem(recover.codeMissing);
    if (!chosen.accepted) return setProblem(words.security.newPasswordWeak);
    setBusy(true);
    setProblem(null);
    try {
      const outcome = await sotto.recover({
        ...lost,
        username: normal,
        recoveryCode: code,
        newPassword: chosen.value,
      });
      if (outcome.kind === 'problem') setProblem(recoverProblemSentence(outcome.problem, normal));
    } catch {
      setProblem(words.problem.unexpected);
    }
    setBusy(false);
  };
  return (
    <EntryFrame title={recover.title} text={recover.text} focusHeading>
      <form onSubmit={submit} noValidate>
        <TextField
          label={words.entry.username}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
        <RecoveryCodeField value={code} onChange={setCode} />
        <OwnPassword
          username={username}
          label={words.security.newPassword}
          autoFocus={false}
          value={chosen.value}
          onChange={choose}
        />
        <Problem text={problem} />
        <Button type="submit" look="primary" wide busy={busy}>
          {busy ? words.entry.signingIn : recover.submit}
        </Button>
      </form>
      <p className="entry-note">{recover.neither}</p>
      <p className="entry-switch">
        <Button look="plain" onClick={onBack}>
          {recover.back}
        </Button>
      </p>
    </EntryFrame>
  );
}
