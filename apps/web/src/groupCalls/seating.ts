/** Who has which place in the grid: places are kept, and whoever speaks comes to the first page. */

export interface Seated {
  readonly joinId: string;
  readonly isSelf: boolean;
  readonly isSpeaking: boolean;
  readonly hasPicture: boolean;
}

/** Joins in the order of their places, with the time of each one's last word. */
export interface Seating {
  readonly order: readonly string[];
  readonly lastWords: ReadonlyMap<string, number>;
}

export const noSeating: Seating = { order: [], lastWords: new Map() };

/**
 * The places after a change. Who is there keeps the place; who left leaves it to those after; who comes is put last, those
 * with a picture before those without when all are new. Whoever speaks beyond the first page changes places with the one there
 * who was silent the longest, where `mayMove`: nobody moves under the eyes of who reads another page.
 */
export function seat(
  before: Seating,
  people: readonly Seated[],
  onPage: number,
  nowMs: number,
  mayMove: boolean,
): Seating {
  const present = new Map(people.map((person) => [person.joinId, person]));
  const kept = before.order.filter((joinId) => present.has(joinId));
  const known = new Set(kept);
  const fresh = people.filter(({ joinId }) => !known.has(joinId));
  const sorted = kept.length === 0 ? byPicture(fresh) : fresh;
  const order = [...kept, ...sorted.map(({ joinId }) => joinId)];
  const lastWords = new Map<string, number>();
  for (const { joinId, isSpeaking } of people) {
    const last = isSpeaking ? nowMs : before.lastWords.get(joinId);
    if (last !== undefined) lastWords.set(joinId, last);
  }
  if (mayMove) bringSpeakers(order, present, lastWords, onPage);
  return { order, lastWords };
}

function byPicture(people: readonly Seated[]): readonly Seated[] {
  return people.toSorted((a, b) => Number(b.hasPicture) - Number(a.hasPicture));
}

function bringSpeakers(
  order: string[],
  present: ReadonlyMap<string, Seated>,
  lastWords: ReadonlyMap<string, number>,
  onPage: number,
): void {
  for (let place = onPage; place < order.length; place += 1) {
    const joinId = order[place];
    if (joinId === undefined || present.get(joinId)?.isSpeaking !== true) continue;
    const silent = longestSilent(order.slice(0, onPage), present, lastWords);
    if (silent === null) return;
    [order[place], order[silent]] = [order[silent] ?? joinId, joinId];
  }
}

/** The place on the first page whose owner is silent the longest; null where all of them speak. */
function longestSilent(
  firstPage: readonly string[],
  present: ReadonlyMap<string, Seated>,
  lastWords: ReadonlyMap<string, number>,
): number | null {
  let best: { place: number; lastMs: number } | null = null;
  for (const [place, joinId] of firstPage.entries()) {
    const person = present.get(joinId);
    if (person === undefined || person.isSelf || person.isSpeaking) continue;
    const lastMs = lastWords.get(joinId) ?? 0;
    // Of those who never spoke, the last place: who was first stays there.
    if (best === null || lastMs <= best.lastMs) best = { place, lastMs };
  }
  return best?.place ?? null;
}
