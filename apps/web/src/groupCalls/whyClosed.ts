import type { GroupCallView } from '../sotto.ts';

/** So many are in a call at most (spec/groupCalls.md). */
const fullAt = 300;

/** Why a call cannot be joined, as far as that is known: `other` is removed from it, or not in the group yet. */
export function whyClosed({ isLocked, people }: GroupCallView): 'locked' | 'full' | 'other' {
  if (isLocked) return 'locked';
  return people.length >= fullAt ? 'full' : 'other';
}
