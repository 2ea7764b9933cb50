import { type ComponentProps, useEffect, useState } from 'react';
import { words } from '../words.ts';
import { Button } from './Button.tsx';
import { Icon } from './Icon.tsx';

interface CopyButtonProps extends Omit<ComponentProps<typeof Button>, 'onClick' | 'children'> {
  text: string;
  label?: string;
}

const confirmationMs = 2000;

/** Copies `text` and says so for a moment. */
export function CopyButton({ text, label = words.common.copy, ...rest }: CopyButtonProps) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state !== 'copied') return;
    const timer = setTimeout(() => setState('idle'), confirmationMs);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      setState('failed');
    }
  };
  return (
    <>
      <Button {...rest} onClick={copy}>
        <Icon name={state === 'copied' ? 'check' : 'copy'} />
        {state === 'copied' ? words.common.copied : label}
      </Button>
      <span className="hiddenText" role="status">
        {state === 'copied' && words.common.copied}
      </span>
      {state === 'failed' && <span className="field-note">{words.common.copyFailed}</span>}
    </>
  );
}
