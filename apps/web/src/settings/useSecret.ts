import { askForPasskey, canUsePasskeys, type PasskeyOutcome } from '@sotto/sdk/passkeys';
import { useEffect, useState } from 'react';
import type { AccountSecret, PasskeyView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';

/** What is typed, or that a passkey shall be asked when it is needed: what that gives never rests here. */
type ChosenSecret = Exclude<AccountSecret, { kind: 'passkey' }> | { readonly kind: 'passkey' };

export interface Secret {
  readonly chosen: ChosenSecret;
  readonly choose: (chosen: ChosenSecret) => void;
  readonly isFilled: boolean;
  readonly offersPasskey: boolean;
  /** What opens the account. Whoever gets it hands it to the engine and calls `wipe`. */
  readonly give: () => Promise<PasskeyOutcome<AccountSecret>>;
}

/** Starts empty, with the password. */
export function useSecret(): Secret {
  const sotto = useSotto();
  const [chosen, choose] = useState<ChosenSecret>({ kind: 'password', password: '' });
  const [passkeys, setPasskeys] = useState<readonly PasskeyView[]>([]);
  useEffect(() => {
    let current = true;
    const look = async (): Promise<void> => {
      if (!(await canUsePasskeys())) return;
      const outcome = await sotto.readOwnAccount();
      if (current && outcome.kind === 'ok') setPasskeys(outcome.value.passkeys);
    };
    // Without an answer the password remains.
    look().catch(() => undefined);
    return () => {
      current = false;
    };
  }, [sotto]);
  const credentialIds = passkeys.map(({ credentialId }) => credentialId).filter((id) => id.length > 0);
  return {
    chosen,
    choose,
    isFilled:
      chosen.kind === 'passkey' || (chosen.kind === 'password' ? chosen.password : chosen.code.trim()) !== '',
    offersPasskey: credentialIds.length > 0,
    give: async () =>
      chosen.kind === 'passkey' ? askForPasskey(credentialIds) : { kind: 'ok', value: chosen },
  };
}

export function wipe(secret: AccountSecret): void {
  if (secret.kind === 'passkey') secret.prfOutput.fill(0);
}
