import { useCallback, useEffect, useMemo, useRef } from 'react';
import type { ConversationId } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';

const idleMs = 5000;
const repeatMs = 4000;

/** Tells the others that something is being written, and when it stopped. */
export function useTyping(conversationId: ConversationId): {
  wrote: (any: boolean) => void;
  stop: () => void;
} {
  const sotto = useSotto();
  const active = useRef(false);
  const saidAtMs = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const stop = useCallback(() => {
    clearTimeout(timer.current);
    if (!active.current) return;
    active.current = false;
    sotto.setTyping(conversationId, false);
  }, [sotto, conversationId]);

  const wrote = useCallback(
    (any: boolean) => {
      if (!any) {
        stop();
        return;
      }
      const nowMs = performance.now();
      if (!active.current || nowMs - saidAtMs.current > repeatMs) {
        active.current = true;
        saidAtMs.current = nowMs;
        sotto.setTyping(conversationId, true);
      }
      clearTimeout(timer.current);
      timer.current = setTimeout(stop, idleMs);
    },
    [sotto, conversationId, stop],
  );

  useEffect(() => stop, [stop]);
  return useMemo(() => ({ wrote, stop }), [wrote, stop]);
}
