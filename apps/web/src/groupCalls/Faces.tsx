import { Avatar } from '../parts/Avatar.tsx';
import type { AccountView } from '../sotto.ts';

const shownLimit = 3;

/** A few of those who are in a call. Decorative: their names are beside it. */
export function Faces({ people }: { people: readonly AccountView[] }) {
  const rest = people.length - shownLimit;
  return (
    <span className="faces" aria-hidden="true">
      {people.slice(0, rest === 1 ? shownLimit + 1 : shownLimit).map((account) => (
        <Avatar key={account.accountId} account={account} size="small" />
      ))}
      {rest > 1 && <span className="faces-rest">+{rest}</span>}
    </span>
  );
}
