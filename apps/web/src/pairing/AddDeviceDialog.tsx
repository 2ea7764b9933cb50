import { type FormEvent, useEffect, useState } from 'react';
import { accountProblemSentence } from '../entry/problemSentences.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { SecretField } from '../settings/SecretField.tsx';
import { useAccountCommand } from '../settings/useAccountCommand.ts';
import { useSecret } from '../settings/useSecret.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { CodeScanner } from './CodeScanner.tsx';
import './pairing.css';

interface AddDeviceDialogProps {
  /** From an opened link; without it the camera is asked. */
  code: string | null;
  onClose: () => void;
}

/** Reads the code that another device shows, says who it is, asks for the password and grants it the account. */
export function AddDeviceDialog({ code: given, onClose }: AddDeviceDialogProps) {
  const sotto = useSotto();
  const [code, setCode] = useState(given);
  const [system, setSystem] = useState<string | null>(null);
  const [unreadable, setUnreadable] = useState<string | null>(null);
  const [isDone, setDone] = useState(false);
  const secret = useSecret();
  const { busy, problem, runWith } = useAccountCommand();
  const { pairing } = words;

  useEffect(() => {
    if (code === null) return;
    let current = true;
    sotto.readPairingOffer(code).then(
      (outcome) => {
        if (!current) return;
        if (outcome.kind === 'ok') setSystem(outcome.value.system || words.pairing.unnamed);
        else setUnreadable(accountProblemSentence(outcome.problem));
      },
      () => current && setUnreadable(words.problem.unexpected),
    );
    return () => {
      current = false;
    };
  }, [sotto, code]);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy || code === null) return;
    if (await runWith(secret, (typed) => sotto.approvePairing({ code, secret: typed }))) setDone(true);
  };

  if (isDone) {
    return (
      <Dialog title={pairing.doneTitle} text={pairing.doneText(system ?? pairing.unnamed)} onClose={onClose}>
        <div className="dialog-actions">
          <Button look="primary" onClick={onClose}>
            {words.common.close}
          </Button>
        </div>
      </Dialog>
    );
  }
  if (code === null) {
    return (
      <Dialog title={pairing.addTitle} text={pairing.addText} onClose={onClose}>
        <CodeScanner onCode={setCode} />
        <p className="dialog-text">{pairing.otherWay}</p>
      </Dialog>
    );
  }
  if (system === null) {
    return (
      <Dialog title={pairing.addTitle} onClose={onClose}>
        <Problem text={unreadable} />
        {unreadable === null && <p role="status">{pairing.reading}</p>}
        {unreadable !== null && (
          <div className="dialog-actions">
            <Button onClick={onClose}>{words.common.close}</Button>
          </div>
        )}
      </Dialog>
    );
  }
  return (
    <Dialog title={pairing.confirmTitle(system)} text={pairing.confirmText} onClose={onClose}>
      <form className="settings-form" onSubmit={submit} noValidate>
        <p className="dialog-text">{pairing.confirmWarning}</p>
        <SecretField secret={secret} />
        <Problem text={problem} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {busy ? pairing.adding : pairing.add}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
