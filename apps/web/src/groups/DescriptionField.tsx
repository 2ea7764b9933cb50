import { useId } from 'react';
import { words } from '../words.ts';
import { groupLimits } from './limits.ts';

/** What a group is about, in a few lines. */
export function DescriptionField({
  value,
  onChange,
}: {
  value: string;
  onChange: (description: string) => void;
}) {
  const { create: text } = words.groups;
  const id = useId();
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {text.description}
      </label>
      <textarea
        id={id}
        className="groups-text"
        rows={3}
        maxLength={groupLimits.descriptionLength}
        aria-describedby={`${id}-note`}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
      <p className="field-note" id={`${id}-note`}>
        {text.descriptionHint}
      </p>
    </div>
  );
}
