import { useEffect, useState } from 'react';
import type { ConversationId, MessageMatch } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';

const pageSize = 30;

interface MessageSearch {
  /** What was found for `text`, or still for the text before it; null until the first answer. */
  readonly matches: readonly MessageMatch[] | null;
  /** Loads more of them; null at the end. */
  readonly more: (() => void) | null;
}

interface Found {
  readonly key: string;
  readonly matches: readonly MessageMatch[];
  readonly next: number | null;
}

/** Messages with the words of `text`, as it is typed. */
export function useMessageSearch(text: string, conversationId?: ConversationId): MessageSearch {
  const sotto = useSotto();
  const [found, setFound] = useState<Found | null>(null);
  const key = text.trim();
  useEffect(() => {
    if (key === '') {
      setFound(null);
      return;
    }
    let current = true;
    const scope = conversationId === undefined ? {} : { conversationId };
    sotto.searchMessages({ text: key, limit: pageSize, ...scope }).then(
      (answer) => {
        if (current) setFound({ key, ...answer });
      },
      () => {
        if (current) setFound({ key, matches: [], next: null });
      },
    );
    return () => {
      current = false;
    };
  }, [sotto, key, conversationId]);

  if (key === '' || found === null) return { matches: null, more: null };
  const { next } = found;
  if (next === null || found.key !== key) return { matches: found.matches, more: null };
  const more = async (): Promise<void> => {
    const scope = conversationId === undefined ? {} : { conversationId };
    const answer = await sotto.searchMessages({ text: key, limit: pageSize, before: next, ...scope });
    setFound((present) =>
      present === found
        ? { key, matches: [...found.matches, ...answer.matches], next: answer.next }
        : present,
    );
  };
  return { matches: found.matches, more };
}
