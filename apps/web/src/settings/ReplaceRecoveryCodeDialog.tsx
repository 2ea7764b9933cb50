import { type FormEvent, useEffect, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { CopyButton } from '../parts/CopyButton.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { SecretField } from './SecretField.tsx';
import { useAccountCommand } from './useAccountCommand.ts';
import { useSecret } from './useSecret.ts';
import '../entry/entry.css';

/** The new code is shown and kept before it counts, so that there is no moment in which nobody has one. */
export function ReplaceRecoveryCodeDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const sotto = useSotto();
  const { security } = words;
  const [code, setCode] = useState<string | null>(null);
  const [kept, setKept] = useState(false);
  const secret = useSecret();
  const { busy, problem, setProblem, runWith } = useAccountCommand();
  useEffect(() => {
    let current = true;
    sotto.suggestRecoveryCode().then((suggested) => {
      if (current) setCode(suggested);
    });
    return () => {
      current = false;
    };
  }, [sotto]);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy || code === null) return;
    if (!kept) return setProblem(words.recovery.mustConfirm);
    if (await runWith(secret, (given) => sotto.replaceRecoveryCode({ secret: given, recoveryCode: code })))
      onDone();
  };
  return (
    <Dialog title={security.replaceCode} text={security.replaceCodeLong} onClose={onClose}>
      <form className="settings-form" onSubmit={submit} noValidate>
        <output className="code" aria-label={words.recovery.code}>
          {code
            ?.split('-')
            .map((part, place) => ({ part, place }))
            .map(({ part, place }) => (
              <span key={place}>{part}</span>
            ))}
        </output>
        {code !== null && <CopyButton text={code} />}
        <label className="check">
          <input
            type="checkbox"
            checked={kept}
            onChange={(event) => {
              setKept(event.target.checked);
              setProblem(null);
            }}
          />
          {words.recovery.confirm}
        </label>
        <SecretField secret={secret} />
        <Problem text={problem} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {busy ? security.changing : security.useNewCode}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
