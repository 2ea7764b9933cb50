import { type FormEvent, useEffect, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { CopyButton } from '../parts/CopyButton.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Problem } from '../parts/Problem.tsx';
import { words } from '../words.ts';
import { EntryFrame } from './EntryFrame.tsx';

interface RecoveryCodeStepProps {
  username: string;
  code: string;
  /** What went wrong before, if anything did. */
  notice?: string | null;
  onKept: () => void;
}

/** Shows the recovery code, once. Leaving the page before it is kept asks first. */
export function RecoveryCodeStep({ username, code, notice = null, onKept }: RecoveryCodeStepProps) {
  const [kept, setKept] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, []);

  const download = (): void => {
    const text = words.recovery.fileText(username, location.origin, code);
    const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = words.recovery.fileName(username);
    link.click();
    URL.revokeObjectURL(address);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (kept) onKept();
    else setProblem(words.recovery.mustConfirm);
  };

  const parts = code.split(/[\s-]+/).map((part, place) => ({ part, place }));

  return (
    <EntryFrame title={words.recovery.title} text={words.recovery.text} focusHeading>
      <form onSubmit={submit}>
        <Problem text={notice} />
        <output className="code" aria-label={words.recovery.code}>
          {parts.map(({ part, place }) => (
            <span key={place}>{part}</span>
          ))}
        </output>
        <div className="code-actions">
          <CopyButton text={code} />
          <Button onClick={() => window.print()}>
            <Icon name="print" />
            {words.recovery.print}
          </Button>
          <Button onClick={download}>
            <Icon name="download" />
            {words.recovery.download}
          </Button>
        </div>
        <label className="check">
          <input
            type="checkbox"
            checked={kept}
            onChange={(event) => {
              setKept(event.target.checked);
              setProblem(null);
            }}
          />
          {words.recovery.confirm}
        </label>
        <Problem text={problem} />
        <Button type="submit" look="primary" wide>
          {words.recovery.continue}
        </Button>
      </form>
    </EntryFrame>
  );
}
