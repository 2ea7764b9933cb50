import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import { findProblemSentence } from '../entry/problemSentences.ts';
import { Avatar } from '../parts/Avatar.tsx';
import { Button } from '../parts/Button.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Problem } from '../parts/Problem.tsx';
import { type AccountId, type AccountView, type ConversationView, normalizeUsername } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { useWatched } from '../state/useWatched.ts';
import { words } from '../words.ts';

interface MemberPickerProps {
  chosen: readonly AccountView[];
  /** Who is in the group already. */
  taken?: ReadonlySet<AccountId>;
  /** How many may be chosen, and how many members that makes. */
  limit: { readonly chosen: number; readonly members: number };
  onChange: (chosen: readonly AccountView[]) => void;
}

const shownLimit = 200;
const nobody: ReadonlySet<AccountId> = new Set();

/** People for a group: from the chats, by ticking; anyone else, by username. */
export function MemberPicker({ chosen, taken = nobody, limit, onChange }: MemberPickerProps) {
  const { create: text } = words.groups;
  const sotto = useSotto();
  const own = useOwnAccountId();
  const conversations = useWatched({ kind: 'conversations' });
  const [wanted, setWanted] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();

  const known = useMemo(() => contactsOf(conversations ?? [], own), [conversations, own]);
  const search = wanted.trim().toLowerCase().replace(/^@/, '');
  const shown = known.filter(({ username }) => username.includes(search)).slice(0, shownLimit);
  const isChosen = ({ accountId }: AccountView): boolean =>
    chosen.some((account) => account.accountId === accountId);

  const add = (account: AccountView): boolean => {
    const refusal =
      account.accountId === own
        ? text.isSelf
        : taken.has(account.accountId)
          ? words.groups.problem.alreadyMember
          : isChosen(account)
            ? text.alreadyChosen(account.username)
            : chosen.length >= limit.chosen
              ? text.tooMany(limit.members)
              : null;
    setProblem(refusal);
    if (refusal === null) onChange([...chosen, account]);
    return refusal === null;
  };
  const takeOut = ({ accountId }: AccountView): void => {
    setProblem(null);
    onChange(chosen.filter((account) => account.accountId !== accountId));
  };
  const look = async (): Promise<void> => {
    if (busy) return;
    const [only] = shown;
    if (only !== undefined && (only.username === search || shown.length === 1)) {
      if (add(only)) setWanted('');
      return;
    }
    const username = normalizeUsername(search);
    if (username === null) {
      setProblem(words.problem.malformedUsername);
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      const found = await sotto.findAccount(username);
      if (found.kind === 'problem') setProblem(findProblemSentence(found.problem, username));
      else if (add(found.value)) setWanted('');
    } catch {
      setProblem(words.problem.unexpected);
    }
    setBusy(false);
    field.current?.focus();
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') {
      // Not the dialog's own button.
      event.preventDefault();
      if (search !== '') void look();
    }
    const last = chosen.at(-1);
    if (event.key === 'Backspace' && wanted === '' && last !== undefined) takeOut(last);
  };

  return (
    <div className="picker">
      <label className="field-label" htmlFor={id}>
        {text.field}
      </label>
      <div className="picker-box">
        {chosen.length > 0 && (
          <ul className="picker-chips" aria-label={text.chosen}>
            {chosen.map((account) => (
              <li key={account.accountId} className="picker-chip">
                <Avatar account={account} size="small" />
                <span>{account.username}</span>
                <IconButton
                  icon="close"
                  label={text.remove(account.username)}
                  onClick={() => {
                    takeOut(account);
                    field.current?.focus();
                  }}
                />
              </li>
            ))}
          </ul>
        )}
        <input
          ref={field}
          id={id}
          value={wanted}
          autoCapitalize="none"
          autoCorrect="off"
          autoComplete="off"
          spellCheck={false}
          enterKeyHint="search"
          onChange={(event) => {
            setWanted(event.target.value);
            setProblem(null);
          }}
          onKeyDown={press}
        />
      </div>
      <Problem text={problem} />
      {search !== '' && !shown.some(({ username }) => username === search) && (
        <Button onClick={() => void look()} busy={busy} aria-label={text.search(search)}>
          <Icon name="search" />
          {busy ? text.searching : text.search(search)}
        </Button>
      )}
      {known.length === 0 ? (
        <p className="groups-note">{text.noneKnown}</p>
      ) : (
        <fieldset className="picker-known">
          <legend>{text.known}</legend>
          {shown.length === 0 && <p className="groups-note">{text.noneFound(search)}</p>}
          {shown.map((account) => {
            const isTaken = taken.has(account.accountId);
            return (
              <label key={account.accountId} className="picker-row">
                <Avatar account={account} size="small" />
                <span>
                  {account.username}
                  {isTaken && <small>{text.alreadyMember}</small>}
                </span>
                <input
                  type="checkbox"
                  disabled={isTaken}
                  checked={isTaken || isChosen(account)}
                  onChange={({ target }) => {
                    if (target.checked) add(account);
                    else takeOut(account);
                  }}
                />
              </label>
            );
          })}
        </fieldset>
      )}
    </div>
  );
}

/** Whom this account has a chat of two with, by name. */
function contactsOf(conversations: readonly ConversationView[], own: AccountId | null): AccountView[] {
  return conversations
    .filter(({ peer, newIdentity }) => peer !== null && peer.accountId !== own && newIdentity === null)
    .flatMap(({ peer }) => peer ?? [])
    .sort((a, b) => a.username.localeCompare(b.username));
}
