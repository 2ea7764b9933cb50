import { useCallback, useEffect, useRef, useState } from 'react';
import { type ConversationId, limits, type TransactionId } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';

const saveDelayMs = 400;

interface Draft {
  readonly text: string;
  readonly replyTo: TransactionId | null;
}
interface HeldDraft extends Draft {
  setText(text: string | ((now: string) => string)): void;
  setReplyTo(replyTo: TransactionId | null): void;
  /** It was sent: nothing of it is kept. */
  clear(): void;
}

const empty: Draft = { text: '', replyTo: null };

/**
 * The unsent text of a conversation and what it answers: read once, saved shortly after each change and when it is
 * left. With `fixed`, the text of a message that is edited: nothing of it is read or saved.
 */
export function useDraft(conversationId: ConversationId, fixed: string | null): HeldDraft {
  const sotto = useSotto();
  const [draft, setDraft] = useState<Draft>({ text: fixed ?? '', replyTo: null });
  /** What storage holds; null while that is not known. */
  const stored = useRef<Draft | null>(null);
  const latest = useRef(draft);
  latest.current = draft;
  const isFixed = fixed !== null;

  const save = useCallback(
    (value: Draft) => {
      // What is too long to send is too long to keep: it is mostly a paste by mistake.
      if (isFixed || isSame(stored.current, value) || value.text.length > limits.textSizeBytes) return;
      stored.current = value;
      sotto.saveDraft(conversationId, value).catch(() => undefined);
    },
    [sotto, conversationId, isFixed],
  );

  useEffect(() => {
    if (isFixed) return;
    let current = true;
    sotto.readDraft(conversationId).then(
      (kept) => {
        if (!current) return;
        stored.current = kept;
        setDraft((now) => (isSame(now, empty) ? kept : now));
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [sotto, conversationId, isFixed]);

  useEffect(() => {
    if (stored.current === null && isSame(draft, empty)) return;
    const timer = setTimeout(() => save(draft), saveDelayMs);
    return () => clearTimeout(timer);
  }, [draft, save]);

  useEffect(() => {
    const leave = (): void => {
      if (stored.current !== null || !isSame(latest.current, empty)) save(latest.current);
    };
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, [save]);

  return {
    ...draft,
    setText: useCallback(
      (next) => setDraft((now) => ({ ...now, text: typeof next === 'function' ? next(now.text) : next })),
      [],
    ),
    setReplyTo: useCallback((replyTo) => setDraft((now) => ({ ...now, replyTo })), []),
    clear: useCallback(() => {
      setDraft(empty);
      save(empty);
    }, [save]),
  };
}

function isSame(one: Draft | null, other: Draft): boolean {
  return one !== null && one.text === other.text && one.replyTo === other.replyTo;
}
