import { turnPushOff } from '@sotto/sdk/push';
import { useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';

export function SignOutDialog({ onClose }: { onClose: () => void }) {
  const sotto = useSotto();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const signOut = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      // A browser that nobody is signed in to is not woken.
      await turnPushOff(sotto);
      await sotto.signOut();
    } catch {
      setProblem(words.problem.unexpected);
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.settings.signOutTitle} text={words.settings.signOutText} onClose={onClose}>
      <p className="dialog-text">{words.settings.signOutWaiting}</p>
      <Problem text={problem} />
      <div className="dialog-actions">
        <Button onClick={onClose}>{words.common.cancel}</Button>
        <Button look="danger" busy={busy} onClick={signOut}>
          {busy ? words.settings.signingOut : words.settings.signOut}
        </Button>
      </div>
    </Dialog>
  );
}
