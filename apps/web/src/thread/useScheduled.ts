import { useEffect, useState } from 'react';
import { type ConversationId, type MessageView, waitingOrderBase } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';

const limit = 100;

/** Messages of a conversation that wait on this device for their time, the next one first. */
export function useScheduled(conversationId: ConversationId): readonly MessageView[] {
  const sotto = useSotto();
  const [scheduled, setScheduled] = useState<readonly MessageView[]>([]);
  useEffect(() => {
    let current = true;
    const read = (): void => {
      sotto.readMessages({ conversationId, afterOrder: waitingOrderBase - 1, limit }).then(
        ({ messages }) => {
          if (!current) return;
          const waiting = messages.filter(({ state, sendAtMs }) => state === 'waiting' && sendAtMs !== null);
          setScheduled(waiting.sort((a, b) => (a.sendAtMs ?? 0) - (b.sendAtMs ?? 0)));
        },
        () => undefined,
      );
    };
    read();
    const stop = sotto.watch({ kind: 'messages', conversationId }, ({ changed, removed }) => {
      const concerns =
        removed.length > 0 ||
        changed.some(({ mine, state, sendAtMs }) => mine && (sendAtMs !== null || state !== 'received'));
      if (concerns) read();
    });
    return () => {
      current = false;
      stop();
    };
  }, [sotto, conversationId]);
  return scheduled;
}
