import { useCallback, useEffect, useRef, useState } from 'react';
import type {
  ConversationId,
  MessageChanges,
  MessagePage,
  MessagesQuery,
  MessageView,
  TransactionId,
} from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { type Timeline, withChanges, withNewerPage, withPage } from './timeline.ts';

const pageSize = 60;
/** Enough on both sides that no page comes in while the message is being scrolled to. */
const aroundSize = 140;
/** So many unread messages are loaded at once, to open the thread at the first of them. */
const unreadAtOnce = 400;

interface LoadedTimeline {
  /** Null until the first page is here. */
  readonly timeline: Timeline | null;
  readonly loadOlder: () => void;
  readonly loadNewer: () => void;
  /** Leaves what is loaded for the newest page. */
  readonly loadNewest: () => void;
  /** The newest message from someone else that arrived while the thread was open. */
  readonly arrived: MessageView | null;
}

/**
 * Follows one conversation's messages: changes as they come, pages as they are asked for, from `order` on in both
 * directions or, where it is null, from the end. Goes to the end where `sent`, one's own new message, is not among them.
 */
export function useTimeline(
  conversationId: ConversationId,
  unreadCount: number,
  order: number | null,
  sent: TransactionId | null,
): LoadedTimeline {
  const sotto = useSotto();
  const [timeline, setTimeline] = useState<Timeline | null>(null);
  const [arrived, setArrived] = useState<MessageView | null>(null);
  const latest = useRef<Timeline | null>(null);
  const loading = useRef(new Set<string>());
  const jumps = useRef(0);
  const missed = useRef<MessageChanges[]>([]);
  const firstLimit = useRef(pageSize + Math.min(unreadCount, unreadAtOnce));

  const show = useCallback((next: Timeline) => {
    latest.current = next;
    setTimeline(next);
  }, []);

  /** One page of each kind at a time; what changes meanwhile is applied again to what it has grown to. */
  const load = useCallback(
    (
      kind: 'older' | 'newer' | 'newest',
      place: Pick<MessagesQuery, 'beforeOrder' | 'afterOrder'>,
      add: (timeline: Timeline, page: MessagePage) => Timeline,
    ) => {
      if (loading.current.has(kind)) return;
      loading.current.add(kind);
      if (kind === 'newest') jumps.current += 1;
      const jump = jumps.current;
      sotto
        .readMessages({ conversationId, ...place, limit: pageSize })
        .then((page) => {
          // A page beside what was left for the newest ones has no place any more.
          if (latest.current === null || jumps.current !== jump) return;
          show(missed.current.reduce(withChanges, add(latest.current, page)));
        })
        .finally(() => {
          loading.current.delete(kind);
          if (loading.current.size === 0) missed.current = [];
        });
    },
    [sotto, conversationId, show],
  );
  const loadNewest = useCallback(() => load('newest', {}, (_timeline, page) => page), [load]);

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
      if (loading.current.size > 0) missed.current.push(changes);
      show(withChanges(latest.current, changes));
      const newest = changes.changed.findLast((message) => !message.mine && message.state === 'received');
      if (newest !== undefined && newest.order > known) setArrived(newest);
    });
    const first = order === null ? { limit: firstLimit.current } : { aroundOrder: order, limit: aroundSize };
    sotto.readMessages({ conversationId, ...first }).then((page) => {
      if (!current) return;
      show(early.reduce(withChanges, withPage(null, page)));
      early = [];
    });
    return () => {
      current = false;
      latest.current = null;
      stop();
    };
  }, [sotto, conversationId, order, show]);

  const isLoaded = timeline !== null;
  useEffect(() => {
    if (sent !== null && isLoaded && latest.current?.hasNewer) loadNewest();
  }, [sent, isLoaded, loadNewest]);

  // Where everything that was loaded has disappeared, what is left is loaded from the end.
  const loadOlder = useCallback(() => {
    if (!latest.current?.hasOlder) return;
    const oldest = latest.current.messages[0];
    if (oldest === undefined) loadNewest();
    else load('older', { beforeOrder: oldest.order }, withPage);
  }, [load, loadNewest]);
  const loadNewer = useCallback(() => {
    if (!latest.current?.hasNewer) return;
    const newest = latest.current.messages.at(-1);
    if (newest === undefined) loadNewest();
    else load('newer', { afterOrder: newest.order }, withNewerPage);
  }, [load, loadNewest]);

  return { timeline, loadOlder, loadNewer, loadNewest, arrived };
}
