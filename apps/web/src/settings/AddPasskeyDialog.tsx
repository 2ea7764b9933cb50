import { createPasskey, forgetPasskey } from '@sotto/sdk/passkeys';
import { type FormEvent, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { TextField } from '../parts/TextField.tsx';
import { type AccountProblem, limits, type SessionView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { SecretField } from './SecretField.tsx';
import { useAccountCommand } from './useAccountCommand.ts';
import { useSecret } from './useSecret.ts';

const uncertain: readonly AccountProblem['kind'][] = ['offline', 'interrupted', 'unconfirmed'];

interface AddPasskeyDialogProps {
  session: Extract<SessionView, { kind: 'signedIn' }>;
  /** Credential ids of the passkeys there are: no second one in the same place. */
  known: readonly Uint8Array[];
  suggestedName: string;
  onClose: () => void;
  onDone: () => void;
}

/** Name and proof first, then the browser asks where to keep the passkey; one that was not taken is forgotten again. */
export function AddPasskeyDialog({ session, known, suggestedName, onClose, onDone }: AddPasskeyDialogProps) {
  const sotto = useSotto();
  const { passkeys } = words;
  const [name, setName] = useState(suggestedName);
  const secret = useSecret();
  const { busy, problem, setProblem, runWith } = useAccountCommand();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    let refused: string | null = null;
    const isDone = await runWith(secret, async (given) => {
      const { accountId, username } = session;
      const made = await createPasskey({ accountId, username, known });
      if (made.kind === 'problem') {
        refused = passkeys.problem[made.problem];
        return { kind: 'problem', problem: { kind: 'interrupted' } };
      }
      const { credentialId, prfOutput } = made.value;
      try {
        const passkey = { name, credentialId, prfOutput };
        const outcome = await sotto.addPasskey({ secret: given, passkey });
        // Where it may have been taken, it stays.
        const isRefused = outcome.kind === 'problem' && !uncertain.includes(outcome.problem.kind);
        if (isRefused) await forgetPasskey(credentialId);
        return outcome;
      } finally {
        prfOutput.fill(0);
      }
    });
    if (isDone) onDone();
    else if (refused !== null) setProblem(refused);
  };
  return (
    <Dialog title={passkeys.add} text={passkeys.addLong} onClose={onClose}>
      <form className="settings-form" onSubmit={submit} noValidate>
        <TextField
          label={passkeys.name}
          name="passkey-name"
          autoComplete="off"
          maxLength={limits.deviceNameLength}
          value={name}
          onChange={(event) => setName(event.target.value)}
          note={passkeys.nameHint}
        />
        <SecretField secret={secret} />
        <Problem text={problem} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {busy ? passkeys.adding : passkeys.add}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
