import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { PasswordField } from '../parts/PasswordField.tsx';
import { Problem } from '../parts/Problem.tsx';
import { TextField } from '../parts/TextField.tsx';
import { type DeviceId, normalizeUsername } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { EntryFrame } from './EntryFrame.tsx';
import { PasskeyButton } from './PasskeyButton.tsx';
import { signInProblemSentence } from './problemSentences.ts';

interface SignInProps {
  lastUsername: string | null;
  notice: ReactNode;
  /** The device that this browser was, if it has deleted what it had stored. */
  lost: { lostDevice?: DeviceId };
  onForgotten: () => void;
  onPair: () => void;
  /** Absent where this server takes no new accounts. */
  onCreate?: () => void;
}

export function SignIn({ lastUsername, notice, lost, onForgotten, onPair, onCreate }: SignInProps) {
  const sotto = useSotto();
  const [known, setKnown] = useState(lastUsername);
  const [username, setUsername] = useState(lastUsername ?? '');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [missing, setMissing] = useState<'username' | 'password' | null>(null);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setProblem(null);
    setMissing(username.trim() === '' ? 'username' : password === '' ? 'password' : null);
    if (username.trim() === '' || password === '') return;
    const normal = normalizeUsername(username);
    if (normal === null) {
      setProblem(words.problem.malformedUsername);
      return;
    }
    setBusy(true);
    try {
      const outcome = await sotto.signIn({ username: normal, password, ...lost });
      if (outcome.kind === 'problem') setProblem(signInProblemSentence(outcome.problem, normal));
    } catch {
      setProblem(words.problem.unexpected);
    }
    setBusy(false);
  };

  return (
    <EntryFrame
      title={known === null ? words.entry.signInTitle : words.entry.welcomeBack}
      text={words.entry.signInText}
    >
      <form onSubmit={submit} noValidate>
        {notice}
        {known === null ? (
          <TextField
            label={words.entry.username}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            autoFocus
            value={username}
            onChange={(event) => setUsername(event.target.value)}
            {...(missing === 'username' ? { note: words.entry.usernameMissing, noteTone: 'bad' } : {})}
          />
        ) : (
          <p className="entry-user">
            {words.common.at(known)}
            <Button
              look="plain"
              onClick={() => {
                setKnown(null);
                setUsername('');
              }}
            >
              {words.entry.otherAccount}
            </Button>
          </p>
        )}
        {known !== null && (
          <input type="text" name="username" autoComplete="username" value={known} readOnly hidden />
        )}
        <PasswordField
          label={words.entry.password}
          name="password"
          autoComplete="current-password"
          autoFocus={known !== null}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          {...(missing === 'password' ? { note: words.entry.passwordMissing, noteTone: 'bad' } : {})}
        />
        <Problem text={problem} />
        <Button type="submit" look="primary" wide busy={busy}>
          {busy ? words.entry.signingIn : words.entry.signIn}
        </Button>
        {busy && (
          <p className="entry-note" role="status">
            {words.entry.creatingNote}
          </p>
        )}
      </form>
      <PasskeyButton disabled={busy} lost={lost} onProblem={setProblem} />
      <p className="entry-switch">
        <Button look="plain" onClick={onPair}>
          {words.pairing.offer}
        </Button>
      </p>
      <p className="entry-switch">
        <Button look="plain" onClick={onForgotten}>
          {words.entry.forgotten}
        </Button>
      </p>
      {onCreate !== undefined && (
        <p className="entry-switch">
          {words.entry.newHere}
          <Button look="plain" onClick={onCreate}>
            {words.entry.createAccount}
          </Button>
        </p>
      )}
    </EntryFrame>
  );
}
