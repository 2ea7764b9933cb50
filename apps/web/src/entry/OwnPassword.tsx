import { useEffect, useState } from 'react';
import { PasswordField } from '../parts/PasswordField.tsx';
import { limits } from '../sotto.ts';
import { words } from '../words.ts';
import { passwordStrength, strongEnough } from './passwordStrength.ts';

interface OwnPasswordProps {
  username: string;
  value: string;
  onChange: (value: string, accepted: boolean) => void;
  label?: string;
  autoFocus?: boolean;
}

const { min, max } = limits.passwordLength;

/** A password of one's own, with a judgement of how easily it is guessed. */
export function OwnPassword({
  username,
  value,
  onChange,
  label = words.entry.password,
  autoFocus = true,
}: OwnPasswordProps) {
  const [judged, setJudged] = useState<{ value: string; score: number | null } | null>(null);
  const fits = value.length >= min && value.length <= max;

  useEffect(() => {
    if (!fits) return;
    let current = true;
    passwordStrength(value, username).then((score) => {
      if (!current) return;
      setJudged({ value, score });
      onChange(value, score === null || score >= strongEnough);
    });
    return () => {
      current = false;
    };
  }, [value, username, fits, onChange]);

  const score = fits && judged !== null && judged.value === value ? judged.score : undefined;
  const { note, tone } = describe(value, score);
  return (
    <>
      <PasswordField
        label={label}
        name="new-password"
        autoComplete="new-password"
        value={value}
        onChange={(event) => onChange(event.target.value, false)}
        note={note}
        noteTone={tone}
        autoFocus={autoFocus}
      />
      <div className="strength" data-score={score ?? 'none'} aria-hidden="true">
        <span />
        <span />
        <span />
        <span />
      </div>
    </>
  );
}

function describe(
  value: string,
  score: number | null | undefined,
): { note: string; tone: 'plain' | 'good' | 'bad' } {
  if (value === '') return { note: words.entry.ownPasswordHint(min), tone: 'plain' };
  if (value.length < min) return { note: words.entry.passwordShort(min), tone: 'plain' };
  if (value.length > max) return { note: words.entry.passwordLong(max), tone: 'bad' };
  if (score === undefined) return { note: words.entry.strengthChecking, tone: 'plain' };
  if (score === null) return { note: words.entry.ownPasswordHint(min), tone: 'plain' };
  const note = words.entry.strength[score] ?? words.entry.strength[0];
  return { note, tone: score >= strongEnough ? 'good' : 'bad' };
}
