import { useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { TextField } from '../parts/TextField.tsx';
import { words } from '../words.ts';

interface ScheduleDialogProps {
  /** What is chosen already. */
  atMs?: number;
  onChoose: (atMs: number) => void;
  onClose: () => void;
}

/** A day and a time to send at. A default export, as it is loaded when it is first opened. */
export default function ScheduleDialog({ atMs, onChoose, onClose }: ScheduleDialogProps) {
  const text = words.messaging.composer;
  const [value, setValue] = useState(() => localValue(atMs ?? Date.now() + 3_600_000));
  const [isPast, setIsPast] = useState(false);
  const choose = (): void => {
    const chosenMs = new Date(value).getTime();
    if (Number.isNaN(chosenMs) || chosenMs <= Date.now()) setIsPast(true);
    else onChoose(chosenMs);
  };
  return (
    <Dialog title={text.scheduleTitle} text={text.scheduleText} onClose={onClose}>
      <TextField
        label={text.scheduleField}
        type="datetime-local"
        value={value}
        min={localValue(Date.now())}
        onChange={(event) => {
          setValue(event.target.value);
          setIsPast(false);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          choose();
        }}
        {...(isPast ? { note: text.schedulePast, noteTone: 'bad' as const } : {})}
      />
      <div className="dialog-actions">
        <Button look="plain" onClick={onClose}>
          {words.common.cancel}
        </Button>
        <Button look="primary" onClick={choose}>
          {text.schedule}
        </Button>
      </div>
    </Dialog>
  );
}

/** As the field has it: local time without a zone, to the minute. */
function localValue(ms: number): string {
  const date = new Date(ms);
  const local = new Date(ms - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
