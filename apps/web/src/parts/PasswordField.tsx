import { type ComponentProps, useState } from 'react';
import { words } from '../words.ts';
import { IconButton } from './IconButton.tsx';
import { TextField } from './TextField.tsx';

/** A password with a button that shows it. */
export function PasswordField(props: Omit<ComponentProps<typeof TextField>, 'type' | 'end'>) {
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...props}
      type={shown ? 'text' : 'password'}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      end={
        <IconButton
          icon={shown ? 'eyeClosed' : 'eye'}
          label={shown ? words.entry.hidePassword : words.entry.showPassword}
          onClick={() => setShown(!shown)}
        />
      }
    />
  );
}
