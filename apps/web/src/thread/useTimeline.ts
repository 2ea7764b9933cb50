import { useCallback, useEffect, useRef, useState } from 'react';
import type { ConversationId, MessageChanges, MessageView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { type Timeline, withChanges, withPage } from './timeline.ts';

const pageSize = 60;
/** So many unread messages are loaded at once, to open the thread at the first of them. */
const unreadAtOnce = 400;

interface LoadedTimeline {
  /** Null until the first page is here. */
  readonly timeline: Timeline | null;
  readonly loadOlder: () => void;
  /** The newest message from someone else that arrived while the thread was open. */
  readonly arrived: MessageView | null;
}

/** Follows one conversation's messages: changes as they come, pages as they are asked for. */
export function useTimeline(conversationId: ConversationId, unreadCount: number): LoadedTimeline {
  const sotto = useSotto();
  const [timeline, setTimeline] = useState<Timeline | null>(null);
  const [arrived, setArrived] = useState<MessageView | null>(null);
  const latest = useRef<Timeline | null>(null);
  const loading = useRef(false);
  const firstLimit = useRef(pageSize + Math.min(unreadCount, unreadAtOnce));

  const show = useCallback((next: Timeline) => {
    latest.current = next;
    setTimeline(next);
  }, []);

  useEffect(() => {
    let current = true;
    /** Changes that come before the first page does. */
    let early: MessageChanges[] = [];
    const stop = sotto.watch({ kind: 'messages', conversationId }, (changes) => {
      if (!current) return;
      if (latest.current === null) {
        early.push(changes);
        return;
      }
      const known = latest.current.messages.at(-1)?.order ?? 0;
      show(withChanges(latest.current, changes));
      const newest = changes.changed.findLast((message) => !message.mine && message.state === 'received');
      if (newest !== undefined && newest.order > known) setArrived(newest);
    });
    sotto.readMessages({ conversationId, limit: firstLimit.current }).then((page) => {
      if (!current) return;
      show(early.reduce(withChanges, withPage(null, page)));
      early = [];
    });
    return () => {
      current = false;
      latest.current = null;
      stop();
    };
  }, [sotto, conversationId, show]);

  const loadOlder = useCallback(() => {
    const oldest = latest.current?.messages[0];
    if (loading.current || oldest === undefined || !latest.current?.hasOlder) return;
    loading.current = true;
    sotto
      .readMessages({ conversationId, beforeOrder: oldest.order, limit: pageSize })
      .then((page) => {
        if (latest.current !== null) show(withPage(latest.current, page));
      })
      .finally(() => {
        loading.current = false;
      });
  }, [sotto, conversationId, show]);

  return { timeline, loadOlder, arrived };
}
