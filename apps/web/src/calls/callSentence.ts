import type { CallLineView } from '../sotto.ts';
import { words } from '../words.ts';
import { callDuration } from './callDuration.ts';

/** What became of a call, in one line, to the account whose screen it is. */
export function callSentence({ hasVideo, isMissed, isIncoming, outcome, durationMs }: CallLineView): string {
  const { calls: say } = words;
  const kind = hasVideo ? 'video' : 'voice';
  if (isMissed) return say.missed[kind];
  switch (outcome) {
    case 'answered':
      return durationMs === null ? say[kind] : say.lasted(say[kind], callDuration(durationMs));
    case 'declined':
    case 'failed':
    case 'ringing':
    case 'ongoing':
      return say[outcome][kind];
    case 'unanswered':
    case 'cancelled':
    case 'busy':
      // What the caller met; whom it rang at hears of it as missed.
      return isIncoming ? say[kind] : say[outcome][kind];
  }
}
