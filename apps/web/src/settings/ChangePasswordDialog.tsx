import { type FormEvent, useCallback, useState } from 'react';
import { OwnPassword } from '../entry/OwnPassword.tsx';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { SecretField } from './SecretField.tsx';
import { useAccountCommand } from './useAccountCommand.ts';
import { useSecret } from './useSecret.ts';
import '../entry/entry.css';

interface ChangePasswordDialogProps {
  username: string;
  onClose: () => void;
  onDone: () => void;
}

export function ChangePasswordDialog({ username, onClose, onDone }: ChangePasswordDialogProps) {
  const sotto = useSotto();
  const { security } = words;
  const secret = useSecret();
  const [chosen, setChosen] = useState({ value: '', accepted: false });
  const choose = useCallback((value: string, accepted: boolean) => setChosen({ value, accepted }), []);
  const { busy, problem, setProblem, runWith } = useAccountCommand();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    if (!chosen.accepted) return setProblem(security.newPasswordWeak);
    if (await runWith(secret, (given) => sotto.changePassword({ secret: given, newPassword: chosen.value })))
      onDone();
  };
  return (
    <Dialog title={security.changePassword} text={security.changePasswordLong} onClose={onClose}>
      <form className="settings-form" onSubmit={submit} noValidate>
        <SecretField secret={secret} />
        <OwnPassword
          username={username}
          label={security.newPassword}
          autoFocus={false}
          value={chosen.value}
          onChange={choose}
        />
        <Problem text={problem} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {busy ? security.changing : security.changePassword}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
