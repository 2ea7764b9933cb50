import { useId, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { TextField } from '../parts/TextField.tsx';
import { limits, type Outcome, type TimerProblem } from '../sotto.ts';
import { words } from '../words.ts';
import { durationWords, type TimeUnit, timeUnits } from './durationWords.ts';
import { asCustom, customTimer, usualTimers } from './timerChoice.ts';
import { timerProblemSentence } from './timerProblemSentence.ts';
import './timer.css';

interface TimerDialogProps {
  title: string;
  text: string;
  /** What is chosen already; 0: off. */
  seconds: number;
  /** Of the button that sets it. */
  saveLabel: string;
  /** Why it cannot be changed here; null: it can. */
  fixedBecause: string | null;
  save: (seconds: number) => Promise<Outcome<null, TimerProblem>>;
  onClose: () => void;
}

const units = timeUnits.toReversed();

/** After how long messages disappear. A default export, as it is loaded when it is first opened. */
export default function TimerDialog(props: TimerDialogProps) {
  const { title, text, seconds, saveLabel, fixedBecause, save, onClose } = props;
  const { set } = words.disappearing;
  const id = useId();
  const isUsual = seconds === 0 || usualTimers.includes(seconds);
  const [choice, setChoice] = useState<number | 'custom'>(isUsual ? seconds : 'custom');
  const [custom, setCustom] = useState(() => asCustom(isUsual ? 45 : seconds));
  const [note, setNote] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (next: Partial<typeof custom>): void => {
    setCustom({ ...custom, ...next });
    setNote(null);
  };
  const submit = async (): Promise<void> => {
    let chosen = choice;
    if (chosen === 'custom') {
      const read = customTimer(custom.typed, custom.unit);
      if (read.kind !== 'seconds') {
        setNote(noteOf(read.kind));
        return;
      }
      chosen = read.seconds;
    }
    setBusy(true);
    setProblem(null);
    try {
      const outcome = await save(chosen);
      if (outcome.kind === 'ok') {
        onClose();
        return;
      }
      setProblem(timerProblemSentence(outcome.problem));
    } catch {
      setProblem(words.problem.unexpected);
    }
    setBusy(false);
  };
  const option = (value: number | 'custom', label: string) => (
    <label className="timerChoice" key={value}>
      <input
        type="radio"
        name={id}
        checked={choice === value}
        disabled={fixedBecause !== null}
        onChange={() => setChoice(value)}
      />
      {label}
    </label>
  );
  return (
    <Dialog title={title} text={text} onClose={onClose}>
      {fixedBecause !== null && <p className="timerDialog-fixed">{fixedBecause}</p>}
      <form
        className="timerDialog"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <fieldset className="timerChoices">
          <legend>{set.choices}</legend>
          {option(0, words.disappearing.off)}
          {usualTimers.map((value) => option(value, durationWords(value)))}
          {option('custom', set.custom)}
        </fieldset>
        {choice === 'custom' && (
          <div className="timerCustom">
            <TextField
              label={set.amount}
              inputMode="numeric"
              autoComplete="off"
              value={custom.typed}
              disabled={fixedBecause !== null}
              onChange={({ target }) => change({ typed: target.value })}
              {...(note === null ? {} : { note, noteTone: 'bad' as const })}
            />
            <label className="timerCustom-unit">
              <span className="field-label">{set.unit}</span>
              <select
                value={custom.unit}
                disabled={fixedBecause !== null}
                onChange={({ target }) => change({ unit: target.value as TimeUnit })}
              >
                {units.map((unit) => (
                  <option key={unit} value={unit}>
                    {set.units[unit]}
                  </option>
                ))}
              </select>
            </label>
          </div>
        )}
        <p className="timerDialog-capture">{set.capture}</p>
        <Problem text={problem} />
        <div className="dialog-actions">
          {fixedBecause === null ? (
            <>
              <Button look="plain" onClick={onClose}>
                {words.common.cancel}
              </Button>
              <Button look="primary" type="submit" busy={busy}>
                {saveLabel}
              </Button>
            </>
          ) : (
            <Button look="primary" onClick={onClose}>
              {words.common.close}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

function noteOf(kind: 'notNumber' | 'tooShort' | 'tooLong'): string {
  const { set } = words.disappearing;
  const { min, max } = limits.timerSeconds;
  if (kind === 'tooShort') return set.tooShort(durationWords(min));
  return kind === 'tooLong' ? set.tooLong(durationWords(max)) : set.notNumber;
}
