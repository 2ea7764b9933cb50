import { useEffect, useState } from 'react';
import { everySecond } from '../disappearing/everySecond.ts';
import { callDuration } from './callDuration.ts';

/** How long it takes by now; null before it began. */
export function useDuration(sinceMs: number | null): string | null {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => (sinceMs === null ? undefined : everySecond(() => setNowMs(Date.now()))), [sinceMs]);
  return sinceMs === null ? null : callDuration(nowMs - sinceMs);
}
