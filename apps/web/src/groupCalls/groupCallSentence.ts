import { callDuration } from '../calls/callDuration.ts';
import type { AccountId, GroupCallLineView } from '../sotto.ts';
import { words } from '../words.ts';

/** What became of a group's call, in one line, to the account whose screen it is. */
export function groupCallSentence(
  { hasVideo, isOpen, isMissed, startedBy, durationMs, peopleCount }: GroupCallLineView,
  own: AccountId | null,
): string {
  const { group: say } = words.calls;
  const kind = hasVideo ? 'video' : 'voice';
  if (isMissed) return say.missed[kind];
  if (isOpen)
    return startedBy.accountId === own ? say.startedSelf[kind] : say.started[kind](startedBy.username);
  if (durationMs === null || peopleCount === null || peopleCount < 2) return say.over[kind];
  return words.calls.lasted(say.over[kind], say.lasted(callDuration(durationMs), peopleCount));
}
