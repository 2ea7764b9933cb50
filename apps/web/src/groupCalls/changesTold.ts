/** What of a call's changes is said to those who do not see it: quietly, and each thing once. */
import type { GroupCallState, GroupParticipant } from '@sotto/sdk/groupCalls';
import { groupCallWords } from '../wordsGroupCalls.ts';

type Told = Pick<GroupCallState, 'participants' | 'hands' | 'isLocked' | 'reactions'>;

const say = groupCallWords.told;

/** In sentences; who speaks is not among them: that would talk over those who speak. */
export function changesTold(before: Told, after: Told): readonly string[] {
  const earlier = byJoin(before.participants);
  const later = byJoin(after.participants);
  const others = (people: readonly GroupParticipant[]) => people.filter(({ isSelf }) => !isSelf);
  const came = others(after.participants).filter(({ joinId }) => !earlier.has(joinId));
  const went = others(before.participants).filter(({ joinId }) => !later.has(joinId));
  const lines: string[] = [];
  if (came.length > 0) lines.push(say.joined(namesOf(came)));
  if (went.length > 0) lines.push(say.left(namesOf(went)));
  for (const [joinId, { isSelf, isSharing, account }] of later) {
    const was = earlier.get(joinId)?.isSharing ?? false;
    if (isSelf || was === isSharing) continue;
    lines.push(isSharing ? say.shares(account.username) : say.sharesNoMore(account.username));
  }
  for (const joinId of after.hands) {
    const person = later.get(joinId);
    const isNew = !before.hands.includes(joinId);
    if (isNew && person !== undefined && !person.isSelf) lines.push(say.hand(person.account.username));
  }
  const known = new Set(before.reactions.map(({ id }) => id));
  for (const { id, joinId, emoji } of after.reactions) {
    const person = later.get(joinId);
    if (known.has(id) || person === undefined || person.isSelf) continue;
    lines.push(say.reaction(person.account.username, emoji));
  }
  if (before.isLocked !== after.isLocked) lines.push(after.isLocked ? say.locked : say.unlocked);
  return lines;
}

function byJoin(people: readonly GroupParticipant[]): ReadonlyMap<string, GroupParticipant> {
  return new Map(people.map((person) => [person.joinId, person]));
}

function namesOf(people: readonly GroupParticipant[]): readonly string[] {
  return [...new Set(people.map(({ account }) => account.username))];
}
