import { useEffect, useRef } from 'react';
import { Icon } from '../parts/Icon.tsx';
import type { MessageTimerView } from '../sotto.ts';
import { words } from '../words.ts';
import { durationWords, shortDuration } from './durationWords.ts';
import { everySecond } from './everySecond.ts';
import './ring.css';

interface TimerRingProps {
  timer: MessageTimerView;
  mine: boolean;
}

/** How much of its time a message has left: a ring, with the exact time on hover and for screen readers. */
export function TimerRing({ timer, mine }: TimerRingProps) {
  const { seconds, expiresAtMs } = timer;
  if (expiresAtMs !== null) return <RunningRing seconds={seconds} expiresAtMs={expiresAtMs} />;
  const { message } = words.disappearing;
  const duration = durationWords(seconds);
  const said = mine ? message.waitsMine(duration) : message.waits(duration);
  return (
    <span className="timerRing" title={said} data-waiting="true">
      <Icon name="timer" />
      <span aria-hidden="true">{shortDuration(seconds)}</span>
      <span className="hiddenText">{said}</span>
    </span>
  );
}

/** The share of its time that is left stands still for so small a part of it: long timers cost no drawing. */
const steps = 120;

/** Written to the page by the beat, past React: nothing is rendered while it runs down. */
function RunningRing({ seconds, expiresAtMs }: { seconds: number; expiresAtMs: number }) {
  const ring = useRef<HTMLSpanElement>(null);
  const left = useRef<HTMLSpanElement>(null);
  useEffect(
    () =>
      everySecond(() => {
        const leftMs = Math.max(0, expiresAtMs - Date.now());
        const said = words.disappearing.message.left(durationWords(Math.max(1, Math.ceil(leftMs / 1000))));
        // Where it is to be when the next beat comes: it moves there until then.
        const share = Math.min(1, Math.max(0, leftMs - 1000) / (seconds * 1000));
        ring.current?.style.setProperty('--left', String(Math.ceil(share * steps) / steps));
        if (left.current !== null) left.current.textContent = said;
      }),
    [seconds, expiresAtMs],
  );
  return (
    <span className="timerRing" ref={ring}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6" />
        <circle cx="8" cy="8" r="6" pathLength="1" />
      </svg>
      <span className="timerRing-left" ref={left} role="timer" />
    </span>
  );
}
