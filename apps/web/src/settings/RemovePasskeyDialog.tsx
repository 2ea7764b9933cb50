import { forgetPasskey } from '@sotto/sdk/passkeys';
import type { FormEvent } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { PasskeyView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { SecretField } from './SecretField.tsx';
import { useAccountCommand } from './useAccountCommand.ts';
import { useSecret } from './useSecret.ts';

interface RemovePasskeyDialogProps {
  passkey: PasskeyView;
  onClose: () => void;
  onDone: () => void;
}

export function RemovePasskeyDialog({ passkey, onClose, onDone }: RemovePasskeyDialogProps) {
  const sotto = useSotto();
  const { passkeys } = words;
  const secret = useSecret();
  const { busy, problem, runWith } = useAccountCommand();
  const { passkeyId, credentialId } = passkey;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    if (!(await runWith(secret, (given) => sotto.removePasskey({ secret: given, passkeyId })))) return;
    if (credentialId.length > 0) await forgetPasskey(credentialId);
    onDone();
  };
  return (
    <Dialog title={passkeys.removeTitle(passkeyName(passkey))} text={passkeys.removeText} onClose={onClose}>
      <form className="settings-form" onSubmit={submit} noValidate>
        <SecretField secret={secret} />
        <Problem text={problem} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button type="submit" look="danger" busy={busy}>
            {busy ? passkeys.removing : passkeys.remove}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function passkeyName({ name }: PasskeyView): string {
  return name === '' ? words.passkeys.unnamed : name;
}
