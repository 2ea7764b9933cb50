import { type Dispatch, type SetStateAction, useCallback, useEffect, useRef, useState } from 'react';
import { type ConversationId, limits } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';

const saveDelayMs = 400;

/** The unsent text of a conversation: read once, saved shortly after each change and when it is left. */
export function useDraft(
  conversationId: ConversationId,
): [string, Dispatch<SetStateAction<string>>, (text: string) => void] {
  const sotto = useSotto();
  const [text, setText] = useState('');
  /** What storage holds; null while that is not known. */
  const stored = useRef<string | null>(null);
  const latest = useRef('');
  latest.current = text;

  const save = useCallback(
    (value: string) => {
      // What is too long to send is too long to keep: it is mostly a paste by mistake.
      if (stored.current === value || value.length > limits.textSizeBytes) return;
      stored.current = value;
      sotto.saveDraft(conversationId, value);
    },
    [sotto, conversationId],
  );

  useEffect(() => {
    let current = true;
    sotto.readDraft(conversationId).then((draft) => {
      if (!current) return;
      stored.current = draft;
      setText((now) => (now === '' ? draft : now));
    });
    return () => {
      current = false;
    };
  }, [sotto, conversationId]);

  useEffect(() => {
    if (stored.current === null && text === '') return;
    const timer = setTimeout(() => save(text), saveDelayMs);
    return () => clearTimeout(timer);
  }, [text, save]);

  useEffect(() => {
    const leave = (): void => {
      if (stored.current !== null || latest.current !== '') save(latest.current);
    };
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, [save]);

  return [text, setText, save];
}
