import { useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { PasswordField } from '../parts/PasswordField.tsx';
import { TextField } from '../parts/TextField.tsx';
import type { AccountSecret } from '../sotto.ts';
import { words } from '../words.ts';

interface SecretFieldProps {
  secret: AccountSecret;
  onChange: (secret: AccountSecret) => void;
}

/** What opens the account, typed again: the password, or the recovery code. */
export function SecretField({ secret, onChange }: SecretFieldProps) {
  return (
    <div className="secret">
      {secret.kind === 'password' ? (
        <PasswordField
          label={words.security.currentPassword}
          name="password"
          autoComplete="current-password"
          value={secret.password}
          onChange={(event) => onChange({ kind: 'password', password: event.target.value })}
        />
      ) : (
        <RecoveryCodeField
          value={secret.code}
          onChange={(code) => onChange({ kind: 'recoveryCode', code })}
        />
      )}
      <Button
        look="plain"
        onClick={() =>
          onChange(
            secret.kind === 'password'
              ? { kind: 'recoveryCode', code: '' }
              : { kind: 'password', password: '' },
          )
        }
      >
        {secret.kind === 'password' ? words.security.useCode : words.security.usePassword}
      </Button>
    </div>
  );
}

export function RecoveryCodeField({ value, onChange }: { value: string; onChange: (code: string) => void }) {
  return (
    <TextField
      label={words.recovery.code}
      name="recovery-code"
      autoComplete="off"
      autoCapitalize="characters"
      autoCorrect="off"
      spellCheck={false}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      note={words.security.codeHint}
    />
  );
}

/** Starts empty, with the password. */
export function useSecret(): [AccountSecret, (secret: AccountSecret) => void] {
  return useState<AccountSecret>({ kind: 'password', password: '' });
}

export function isFilled(secret: AccountSecret): boolean {
  return (secret.kind === 'password' ? secret.password : secret.code.trim()) !== '';
}
