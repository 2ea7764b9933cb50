import { askForPasskey, canUsePasskeys } from '@sotto/sdk/passkeys';
import { useEffect, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Icon } from '../parts/Icon.tsx';
import type { DeviceId } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { signInProblemSentence } from './problemSentences.ts';

interface PasskeyButtonProps {
  disabled: boolean;
  lost: { lostDevice?: DeviceId };
  onProblem: (sentence: string | null) => void;
}

/** Signs in with a passkey, which says whose it is; only where the browser can get from it what opens an account. */
export function PasskeyButton({ disabled, lost, onProblem }: PasskeyButtonProps) {
  const sotto = useSotto();
  const [isAble, setIsAble] = useState(false);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    let current = true;
    canUsePasskeys().then((able) => {
      if (current) setIsAble(able);
    });
    return () => {
      current = false;
    };
  }, []);
  if (!isAble) return null;
  const signIn = async (): Promise<void> => {
    if (disabled || busy) return;
    onProblem(null);
    setBusy(true);
    try {
      const asked = await askForPasskey();
      if (asked.kind === 'problem') {
        onProblem(words.passkeys.problem[asked.problem]);
      } else {
        const outcome = await sotto.signInWithPasskey(asked.value, lost.lostDevice);
        asked.value.prfOutput.fill(0);
        if (outcome.kind === 'problem') onProblem(signInProblemSentence(outcome.problem, ''));
      }
    } catch {
      onProblem(words.problem.unexpected);
    }
    setBusy(false);
  };
  return (
    <div className="entry-passkey">
      <Button wide busy={busy} onClick={signIn}>
        <Icon name="passkey" />
        {busy ? words.entry.signingIn : words.entry.usePasskey}
      </Button>
    </div>
  );
}
