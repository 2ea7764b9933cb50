import { useEffect, useEffectEvent, useMemo, useReducer, useState } from 'react';
import type { ConversationId, MessageView, TransactionId } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { atDeadline, isOver } from './deadlines.ts';
import { nextDeadlineMs, shownMessages, type Timed } from './presence.ts';

/** Counts up whenever one of these messages is over: what was made of them is to be made anew. */
function useOverCount(messages: readonly Timed[]): number {
  const [count, countOn] = useReducer((before: number) => before + 1, 0);
  const nextMs = useMemo(() => {
    void count;
    return nextDeadlineMs(messages, Date.now());
  }, [messages, count]);
  useEffect(() => (nextMs === null ? undefined : atDeadline(nextMs, countOn)), [nextMs]);
  return count;
}

/** The messages of a thread without those whose time is over, from that moment on. */
export function useShownMessages(messages: readonly MessageView[]): readonly MessageView[] {
  const count = useOverCount(messages);
  return useMemo(() => {
    void count;
    return shownMessages(messages, Date.now());
  }, [messages, count]);
}

/** The message, or null from when its time is over. */
export function useShownMessage<Message extends Timed>(message: Message | null): Message | null {
  useOverCount(useMemo(() => (message === null ? [] : [message]), [message]));
  return isOver(message?.timer?.expiresAtMs) ? null : message;
}

/**
 * Calls `onGone` when one of the messages that something of the page holds on to, such as a menu or a picture, is gone: deleted,
 * or over, also where its time began after it was taken hold of.
 */
export function useGone(
  conversationId: ConversationId | null,
  held: readonly Timed[],
  onGone: (gone: ReadonlySet<TransactionId>) => void,
): void {
  const sotto = useSotto();
  const tell = useEffectEvent(onGone);
  const isHeld = useEffectEvent((id: TransactionId) => held.some(({ messageId }) => messageId === id));
  /** Timers that began since. */
  const [begun, setBegun] = useState<ReadonlyMap<TransactionId, Timed['timer']>>(new Map());
  const isWatching = held.length > 0;
  useEffect(() => {
    if (!isWatching || conversationId === null) return;
    return sotto.watch({ kind: 'messages', conversationId }, ({ changed, removed }) => {
      const gone = removed.filter(isHeld);
      if (gone.length > 0) tell(new Set(gone));
      const timed = changed.filter(({ messageId, timer }) => timer !== null && isHeld(messageId));
      if (timed.length === 0) return;
      setBegun(
        (now) => new Map([...now, ...timed.map(({ messageId, timer }) => [messageId, timer] as const)]),
      );
    });
  }, [sotto, conversationId, isWatching]);
  const nextMs = nextDeadlineMs(
    held.map(({ messageId, timer }) => ({ messageId, timer: begun.get(messageId) ?? timer })),
    Number.NEGATIVE_INFINITY,
  );
  const end = useEffectEvent(() => {
    const over = held.filter(({ messageId, timer }) => isOver((begun.get(messageId) ?? timer)?.expiresAtMs));
    if (over.length > 0) tell(new Set(over.map(({ messageId }) => messageId)));
  });
  useEffect(() => (nextMs === null ? undefined : atDeadline(nextMs, end)), [nextMs]);
}
