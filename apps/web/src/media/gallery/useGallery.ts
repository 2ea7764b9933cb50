/** What was sent in a conversation, page by page, the newest first. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { useGone } from '../../disappearing/usePresence.ts';
import type { ConversationId, GalleryQuery, MessageView } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';

const pageLimit = 60;

export interface GalleryState {
  /** Null until the first page is here. */
  readonly messages: readonly MessageView[] | null;
  readonly hasOlder: boolean;
  readonly failed: boolean;
  loadOlder(): void;
}

export function useGallery(conversationId: ConversationId, kind: GalleryQuery['kind']): GalleryState {
  const sotto = useSotto();
  const [messages, setMessages] = useState<readonly MessageView[] | null>(null);
  const [hasOlder, setHasOlder] = useState(true);
  const [failed, setFailed] = useState(false);
  const loading = useRef(false);
  const before = useRef<number | undefined>(undefined);
  const loadOlder = useCallback(() => {
    if (loading.current) return;
    loading.current = true;
    const beforeOrder = before.current;
    sotto
      .readGallery({
        conversationId,
        kind,
        limit: pageLimit,
        ...(beforeOrder === undefined ? {} : { beforeOrder }),
      })
      .then((page) => {
        before.current = page.messages.at(-1)?.order ?? beforeOrder;
        setMessages((now) => [...(now ?? []), ...page.messages]);
        setHasOlder(page.hasOlder && page.messages.length > 0);
      })
      .catch(() => setFailed(true))
      .finally(() => {
        loading.current = false;
      });
  }, [sotto, conversationId, kind]);
  useEffect(() => {
    if (before.current === undefined) loadOlder();
  }, [loadOlder]);
  useGone(conversationId, messages ?? [], (gone) => {
    setMessages((now) => now?.filter(({ messageId }) => !gone.has(messageId)) ?? null);
  });
  return { messages, hasOlder, failed, loadOlder };
}
