import type { GroupParticipant } from '@sotto/sdk/groupCalls';
import { useRef } from 'react';
import { noSeating, seat } from './seating.ts';

/** The places of those who are in the call. `mayMove`: whoever speaks may come to the first page now. */
export function useSeating(
  people: readonly GroupParticipant[],
  onPage: number,
  mayMove: boolean,
): readonly string[] {
  const seating = useRef(noSeating);
  const seen = useRef<readonly GroupParticipant[] | null>(null);
  // Worked out where it is drawn, so that no tile is drawn in a place that it loses at once; the same people give the same.
  if (seen.current !== people || mayMove) {
    const seats = people.map(({ joinId, isSelf, isSpeaking, hasCamera }) => ({
      joinId,
      isSelf,
      isSpeaking,
      hasPicture: hasCamera,
    }));
    seating.current = seat(seating.current, seats, onPage, performance.now(), mayMove);
    seen.current = people;
  }
  return seating.current.order;
}
