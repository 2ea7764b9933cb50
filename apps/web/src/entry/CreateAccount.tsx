import { type FormEvent, type ReactNode, useCallback, useEffect, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Problem } from '../parts/Problem.tsx';
import { TextField } from '../parts/TextField.tsx';
import { normalizeUsername, type Outcome, type RegisterProblem, type RegisterRequest } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { EntryFrame } from './EntryFrame.tsx';
import { OfferedPassphrase } from './OfferedPassphrase.tsx';
import { OwnPassword } from './OwnPassword.tsx';
import { registerProblemSentence } from './problemSentences.ts';
import { usernameNote } from './usernameNote.ts';

interface CreateAccountProps {
  text: string | undefined;
  notice: ReactNode;
  invite: string | null;
  register: (request: RegisterRequest) => Promise<Outcome<{ recoveryCode: string }, RegisterProblem>>;
  onSignIn: () => void;
}

export function CreateAccount({ text, notice, invite, register, onSignIn }: CreateAccountProps) {
  const sotto = useSotto();
  const [username, setUsername] = useState('');
  const [passphrase, setPassphrase] = useState<string | null>(null);
  const [own, setOwn] = useState<{ value: string; accepted: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [checked, setChecked] = useState(false);

  const renew = useCallback(() => {
    setPassphrase(null);
    sotto.suggestPassphrase().then(setPassphrase, () => setProblem(words.problem.unexpected));
  }, [sotto]);
  useEffect(renew, [renew]);
  const changeOwn = useCallback((value: string, accepted: boolean) => setOwn({ value, accepted }), []);

  const normal = normalizeUsername(username);
  const said = usernameNote(username);
  const note = checked && normal === null && said.tone === 'plain' ? { ...said, tone: 'bad' as const } : said;
  const password = own === null ? passphrase : own.accepted ? own.value : null;

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setChecked(true);
    if (normal === null || password === null || busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const outcome = await register({ username: normal, password, ...(invite === null ? {} : { invite }) });
      if (outcome.kind === 'problem') setProblem(registerProblemSentence(outcome.problem, normal));
    } catch {
      setProblem(words.problem.unexpected);
    }
    setBusy(false);
  };

  return (
    <EntryFrame title={words.entry.createTitle} {...(text === undefined ? {} : { text })}>
      <form onSubmit={submit} noValidate>
        {notice}
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
          note={note.note}
          noteTone={note.tone}
        />
        {own === null ? (
          <>
            <OfferedPassphrase passphrase={passphrase} onRenew={renew} />
            {/* Password managers take the passphrase from here. */}
            <input
              type="password"
              name="new-password"
              autoComplete="new-password"
              value={passphrase ?? ''}
              readOnly
              hidden
            />
          </>
        ) : (
          <OwnPassword username={normal ?? ''} value={own.value} onChange={changeOwn} />
        )}
        <Problem text={problem} />
        <div className="entry-actions">
          {/* Nobody shall get an account with words they have not seen: it waits until they are there. */}
          <Button type="submit" look="primary" wide busy={busy || (own === null && passphrase === null)}>
            {busy ? words.entry.creating : words.entry.createAccount}
          </Button>
          {busy ? (
            <p className="entry-note" role="status">
              {words.entry.creatingNote}
            </p>
          ) : (
            <Button
              look="plain"
              wide
              onClick={() => setOwn(own === null ? { value: '', accepted: false } : null)}
            >
              {own === null ? words.entry.ownPassword : words.entry.offeredPassphrase}
            </Button>
          )}
        </div>
      </form>
      <p className="entry-switch">
        {words.entry.alreadyHere}
        <Button look="plain" onClick={onSignIn}>
          {words.entry.signIn}
        </Button>
      </p>
    </EntryFrame>
  );
}
