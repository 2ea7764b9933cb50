import { type ComponentProps, type ReactNode, useId } from 'react';

interface TextFieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  label: string;
  /** What stands below: a hint, or what is wrong. */
  note?: string;
  noteTone?: 'plain' | 'good' | 'bad';
  /** Controls at the right end of the box. */
  end?: ReactNode;
}

export function TextField({ label, note, noteTone = 'plain', end, ...input }: TextFieldProps) {
  const id = useId();
  const invalid = noteTone === 'bad';
  return (
    <div className="field" data-invalid={invalid}>
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <div className="field-box">
        <input {...input} id={id} aria-describedby={`${id}-note`} aria-invalid={invalid} />
        {end}
      </div>
      <p className="field-note" id={`${id}-note`} data-tone={noteTone} aria-live="polite">
        {note}
      </p>
    </div>
  );
}
