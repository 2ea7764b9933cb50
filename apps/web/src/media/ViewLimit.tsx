import { useId } from 'react';
import { MediaIcon } from './MediaIcon.tsx';
import { mediaSentences } from './mediaSentences.ts';
import './viewLimit.css';

const say = mediaSentences.limit;
/** 0: as often as wanted. */
const choices = [0, 1, 2, 3, 5, 10] as const;

interface ViewLimitProps {
  views: number;
  onChange: (views: number) => void;
}

/** How often what is about to be sent can be looked at, with what that means. */
export function ViewLimit({ views, onChange }: ViewLimitProps) {
  const choiceId = useId();
  const textId = useId();
  return (
    <div className="viewLimit">
      <label htmlFor={choiceId}>
        <strong>{say.views}</strong>
        <Choice
          id={choiceId}
          views={views}
          onChange={onChange}
          describedBy={views > 0 ? textId : undefined}
        />
      </label>
      {views > 0 && (
        <small id={textId} role="status">
          {say.text(views)}
        </small>
      )}
    </div>
  );
}

/** The same of a voice message, in the room of a button. */
export function PlayLimit({ views, onChange }: ViewLimitProps) {
  return (
    <span className="iconButton playLimit" data-on={views > 0} title={say.plays}>
      <LimitSign times={Math.max(1, views)} />
      <Choice views={views} onChange={onChange} label={say.plays} />
    </span>
  );
}

/** The sign of what is limited: how often, in a circle that is not closed. */
export function LimitSign({ times }: { times: number }) {
  if (times === 1) return <MediaIcon name="once" />;
  return (
    <span className="limitSign" aria-hidden="true">
      {times}×
    </span>
  );
}

interface ChoiceProps extends ViewLimitProps {
  id?: string;
  label?: string;
  describedBy?: string | undefined;
}

function Choice({ views, onChange, id, label, describedBy }: ChoiceProps) {
  return (
    <select
      id={id}
      value={views}
      aria-label={label}
      aria-describedby={describedBy}
      onChange={({ target }) => onChange(Number(target.value))}
    >
      {choices.map((times) => (
        <option key={times} value={times}>
          {say.choice(times)}
        </option>
      ))}
    </select>
  );
}
