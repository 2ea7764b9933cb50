import { Button } from '../parts/Button.tsx';
import { Icon } from '../parts/Icon.tsx';
import { PasswordField } from '../parts/PasswordField.tsx';
import { TextField } from '../parts/TextField.tsx';
import { words } from '../words.ts';
import type { Secret } from './useSecret.ts';

/** What opens the account: the password or the recovery code, typed again, or a passkey. */
export function SecretField({ secret }: { secret: Secret }) {
  const { chosen, choose, offersPasskey } = secret;
  return (
    <div className="secret">
      {chosen.kind === 'password' && (
        <PasswordField
          label={words.security.currentPassword}
          name="password"
          autoComplete="current-password"
          value={chosen.password}
          onChange={(event) => choose({ kind: 'password', password: event.target.value })}
        />
      )}
      {chosen.kind === 'recoveryCode' && (
        <RecoveryCodeField value={chosen.code} onChange={(code) => choose({ kind: 'recoveryCode', code })} />
      )}
      {chosen.kind === 'passkey' && (
        <p className="secret-passkey" role="status">
          <Icon name="passkey" />
          {words.passkeys.willAsk}
        </p>
      )}
      <div className="secret-others">
        {chosen.kind !== 'password' && (
          <Button look="plain" onClick={() => choose({ kind: 'password', password: '' })}>
            {words.security.usePassword}
          </Button>
        )}
        {chosen.kind !== 'passkey' && offersPasskey && (
          <Button look="plain" onClick={() => choose({ kind: 'passkey' })}>
            {words.passkeys.use}
          </Button>
        )}
        {chosen.kind !== 'recoveryCode' && (
          <Button look="plain" onClick={() => choose({ kind: 'recoveryCode', code: '' })}>
            {words.security.useCode}
          </Button>
        )}
      </div>
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
