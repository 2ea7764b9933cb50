import { useState } from 'react';
import { Icon } from '../parts/Icon.tsx';
import type { ConversationView } from '../sotto.ts';
import { words } from '../words.ts';
import { ConversationTimerDialog, effectiveTimer } from './ConversationTimerDialog.tsx';
import { durationWords, shortDuration } from './durationWords.ts';

/** Above the field while the timer is on: after how long what is written there disappears. */
export function TimerChip({ conversation }: { conversation: ConversationView }) {
  const [asking, setAsking] = useState(false);
  const seconds = effectiveTimer(conversation);
  const label = words.disappearing.chip(durationWords(seconds));
  return (
    <>
      {seconds > 0 && (
        <button
          type="button"
          className="composer-timer"
          title={label}
          aria-haspopup="dialog"
          onClick={() => setAsking(true)}
        >
          <Icon name="timer" />
          <span aria-hidden="true">{shortDuration(seconds)}</span>
          <span className="hiddenText">{label}</span>
        </button>
      )}
      {asking && <ConversationTimerDialog conversation={conversation} onClose={() => setAsking(false)} />}
    </>
  );
}
