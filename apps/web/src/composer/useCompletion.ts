import { useEffect, useMemo, useState } from 'react';
import { noteUsed, readTone } from '../emoji/emojiChoice.ts';
import { type EmojiSet, searchEmoji, withTone } from '../emoji/emojiSet.ts';
import { loadEmoji } from '../emoji/loadEmoji.ts';
import type { AccountView, MemberView } from '../sotto.ts';
import { words } from '../words.ts';
import { type Naming, namingAt } from './completion.ts';

export interface Suggestion {
  readonly key: string;
  /** What takes the place of what was typed. */
  readonly inserted: string;
  readonly label: string;
  readonly hint: string;
  readonly account: AccountView | null;
  readonly emoji: string | null;
}
interface Completion {
  readonly naming: Naming | null;
  readonly suggestions: readonly Suggestion[];
}

const limit = 8;
const none: readonly Suggestion[] = [];

/** People and emoji that fit what is being typed at the caret. */
export function useCompletion(
  text: string,
  caret: number,
  members: readonly MemberView[],
  nameEveryone: boolean,
): Completion {
  const naming = useMemo(() => namingAt(text, caret), [text, caret]);
  const [set, setSet] = useState<EmojiSet | null>(null);
  const wantsEmoji = naming?.kind === 'emoji';
  useEffect(() => {
    if (!wantsEmoji || set !== null) return;
    let current = true;
    loadEmoji().then(
      (loaded) => current && setSet(loaded),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [wantsEmoji, set]);
  const suggestions = useMemo(() => {
    if (naming === null) return none;
    if (naming.kind === 'mention') return people(naming.text, members, nameEveryone);
    return set === null ? none : emojiNamed(naming.text, set);
  }, [naming, members, nameEveryone, set]);
  return { naming, suggestions };
}

function people(text: string, members: readonly MemberView[], nameEveryone: boolean): readonly Suggestion[] {
  const typed = text.toLowerCase();
  const { everyone, everyoneHint } = words.messaging.composer;
  const found = members
    .filter(({ isSelf, account }) => !isSelf && account.username.toLowerCase().includes(typed))
    .sort(
      (a, b) =>
        Number(b.account.username.startsWith(typed)) - Number(a.account.username.startsWith(typed)) ||
        a.account.username.localeCompare(b.account.username),
    )
    .slice(0, limit)
    .map(
      ({ account }): Suggestion => ({
        key: account.accountId,
        inserted: `@${account.username} `,
        label: account.username,
        hint: '',
        account,
        emoji: null,
      }),
    );
  if (nameEveryone && everyone.startsWith(typed)) {
    const all = { key: everyone, inserted: `@${everyone} `, label: everyone, hint: everyoneHint };
    return [...found.slice(0, limit - 1), { ...all, account: null, emoji: null }];
  }
  return found;
}

function emojiNamed(text: string, set: EmojiSet): readonly Suggestion[] {
  const tone = readTone();
  return searchEmoji(set, text, limit).map((entry): Suggestion => {
    const emoji = withTone(entry, tone);
    return {
      key: entry.emoji,
      inserted: emoji,
      label: `:${entry.names[0]}:`,
      hint: entry.label,
      account: null,
      emoji,
    };
  });
}

/** An emoji that was chosen by its name was used. */
export function noteChosen({ emoji }: Suggestion): void {
  if (emoji !== null) noteUsed(emoji);
}
