/** What of a call is large, and what lies beside it: pure, for the page that shows it. */
import type { GroupParticipant, PictureSource } from '@sotto/sdk/groupCalls';

/** A picture of the call: somebody, or the screen that they share. */
export interface Shown {
  readonly joinId: string;
  readonly source: PictureSource;
}

export interface Wishes {
  readonly layout: 'tiles' | 'speaker';
  readonly pinned: Shown | null;
  /** The screen that somebody put back among the tiles. */
  readonly putBack: Shown | null;
}

export const keyOf = ({ joinId, source }: Shown): string => `${joinId} ${source}`;
const isSame = (a: Shown | null, b: Shown): boolean => a !== null && keyOf(a) === keyOf(b);

/**
 * What is large; null: everybody is a tile. What is pinned comes first, then the screen that is shared (the latest one, so
 * that nobody shares unseen), then who speaks, where that was chosen.
 */
export function largeOf(
  people: readonly GroupParticipant[],
  speakers: readonly string[],
  { layout, pinned, putBack }: Wishes,
): Shown | null {
  if (pinned !== null && isThere(people, pinned)) return pinned;
  const sharer = people.findLast(({ isSharing, isSelf }) => isSharing && !isSelf);
  if (sharer !== undefined) {
    const screen: Shown = { joinId: sharer.joinId, source: 'screen' };
    if (!isSame(putBack, screen)) return screen;
  }
  if (layout === 'tiles') return null;
  const others = people.filter(({ isSelf }) => !isSelf);
  const speaker =
    speakers.find((joinId) => others.some((one) => one.joinId === joinId)) ?? others[0]?.joinId ?? null;
  return speaker === null ? null : { joinId: speaker, source: 'camera' };
}

function isThere(people: readonly GroupParticipant[], { joinId, source }: Shown): boolean {
  const person = people.find((one) => one.joinId === joinId);
  return person !== undefined && (source === 'camera' || person.isSharing);
}

/** All that can be a tile, in the order of the places: screens first. One's own screen is not shown to oneself. */
export function picturesOf(people: readonly GroupParticipant[], order: readonly string[]): readonly Shown[] {
  const byJoin = new Map(people.map((person) => [person.joinId, person]));
  const present = order.filter((joinId) => byJoin.has(joinId));
  const screens = present.filter((joinId) => {
    const person = byJoin.get(joinId);
    return person?.isSharing === true && !person.isSelf;
  });
  return [
    ...screens.map((joinId): Shown => ({ joinId, source: 'screen' })),
    ...present.map((joinId): Shown => ({ joinId, source: 'camera' })),
  ];
}
