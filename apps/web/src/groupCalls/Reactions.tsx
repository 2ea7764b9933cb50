import type { GroupCallState } from '@sotto/sdk/groupCalls';
import { groupCallWords } from '../wordsGroupCalls.ts';

/** Emoji that float by with who sent them. Not for screen readers: they are told each once, with what else changes. */
export function Reactions({ state }: { state: GroupCallState }) {
  const { reactions, participants } = state;
  return (
    <div className="groupReactions" aria-hidden="true">
      {reactions.map(({ id, joinId, emoji }) => {
        const person = participants.find((one) => one.joinId === joinId);
        if (person === undefined) return null;
        return (
          <span key={id} className="groupReactions-one" data-lane={laneOf(id)}>
            <span className="emoji">{emoji}</span>
            <bdi>{person.isSelf ? groupCallWords.page.you : person.account.username}</bdi>
          </span>
        );
      })}
    </div>
  );
}

/** Beside each other where several come at once; the same one for as long as it floats. */
function laneOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum += letter.charCodeAt(0);
  return sum % 4;
}
