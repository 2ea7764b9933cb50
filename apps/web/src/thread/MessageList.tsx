import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react';
import { Icon } from '../parts/Icon.tsx';
import { reachableByKeyboard } from '../parts/reachableByKeyboard.ts';
import { type ConversationView, waitingOrderBase } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { MessageRow } from './MessageRow.tsx';
import { firstUnreadOf, rowShape } from './rowShape.ts';
import { ThreadBeginning } from './ThreadBeginning.tsx';
import type { Timeline } from './timeline.ts';
import { usePageActive } from './usePageActive.ts';

interface MessageListProps {
  conversation: ConversationView;
  timeline: Timeline;
  loadOlder: () => void;
  loadNewer: () => void;
  loadNewest: () => void;
  /** The message to open at; null: the first unread one, or the end. */
  order: number | null;
}

const estimatedRowHeight = 46;
const loadBeforeIndex = 25;
const olderPlaceholderHeight = 96;
const endThreshold = 48;
const stillFrames = 4;

/**
 * The thread. Only the rows near the view exist. It stays at the bottom while it is there, and keeps what is on
 * screen in place when older messages come in above (both by the virtualizer's `anchorTo: 'end'`).
 */
export function MessageList(props: MessageListProps) {
  const { conversation, timeline, loadOlder, loadNewer, loadNewest, order } = props;
  const sotto = useSotto();
  const { messages, hasOlder, hasNewer } = timeline;
  const scroller = useRef<HTMLElement>(null);
  const pageActive = usePageActive();
  const toNewest = useRef(false);
  const { conversationId, ownReadOrder } = conversation;
  const [firstUnread] = useState(() => firstUnreadOf(messages, ownReadOrder));
  const [found] = useState(() => (order === null ? null : nearest(messages, order)));
  const [atLoadedEnd, setAtLoadedEnd] = useState(true);
  const atEnd = atLoadedEnd && !hasNewer;
  // A page of newer messages is no news to follow; the page that ends the gap is none either.
  const hadNewer = useRef(hasNewer);
  const follows = !hasNewer && !hadNewer.current;
  const nowMs = useToday();

  const virtualizer = useVirtualizer({
    count: messages.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimatedRowHeight,
    getItemKey: (index) => messages[index]!.messageId,
    overscan: 12,
    paddingStart: hasOlder ? olderPlaceholderHeight : 0,
    anchorTo: 'end',
    followOnAppend: follows,
    scrollEndThreshold: endThreshold,
    useAnimationFrameWithResizeObserver: false,
  });
  // As the virtualizer's own rule, but while scrolling up too: the oldest row loses its day when older ones come.
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (item, _by, { itemSizeCache, scrollOffset }) =>
    (itemSizeCache.has(item.key) ? item.end : item.start + 1) <= (scrollOffset ?? 0);
  const items = virtualizer.getVirtualItems();

  // Opens at the message that was asked for, else at the first unread one, else at the end.
  const openAtUnread = useEffectEvent(() => {
    const unreadIndex = messages.findIndex((message) => message.messageId === firstUnread?.messageId);
    if (found !== null) virtualizer.scrollToIndex(messages.indexOf(found), { align: 'center' });
    else if (unreadIndex > 0) virtualizer.scrollToIndex(unreadIndex, { align: 'start' });
    else virtualizer.scrollToEnd();
  });
  useLayoutEffect(() => openAtUnread(), []);
  const foundId = found?.messageId ?? null;
  // The virtualizer scrolls to an index over several frames: pages that move the index wait until it is there.
  const [placed, setPlaced] = useState(found === null);
  useEffect(() => {
    if (placed) return;
    let still = 0;
    let lastTop = -1;
    let frame = 0;
    const look = (): void => {
      const top = scroller.current?.scrollTop ?? 0;
      still = top === lastTop ? still + 1 : 0;
      lastTop = top;
      if (still >= stillFrames) setPlaced(true);
      else frame = requestAnimationFrame(look);
    };
    look();
    return () => cancelAnimationFrame(frame);
  }, [placed]);
  useEffect(() => {
    if (foundId === null || !placed) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-message="${foundId}"]`);
    row?.focus({ preventScroll: true });
  }, [foundId, placed]);
  // From the middle to the newest page: it opens at its end.
  useLayoutEffect(() => {
    if (hadNewer.current && !hasNewer && toNewest.current) virtualizer.scrollToEnd();
    hadNewer.current = hasNewer;
    if (!hasNewer) toNewest.current = false;
  }, [hasNewer, virtualizer]);

  // A smaller view (keyboard, growing composer) must not hide the end that was in view.
  const atEndNow = useRef(true);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const follow = (): void => {
      const end = element.scrollHeight - element.scrollTop - element.clientHeight <= endThreshold;
      atEndNow.current = end;
      setAtLoadedEnd(end);
    };
    let height = element.clientHeight;
    const observer = new ResizeObserver(() => {
      if (element.clientHeight !== height && atEndNow.current) element.scrollTop = element.scrollHeight;
      height = element.clientHeight;
    });
    element.addEventListener('scroll', follow, { passive: true });
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', follow);
      observer.disconnect();
    };
  }, []);

  // One's own new message is always shown.
  const last = messages.at(-1);
  const lastOwnWaitingId = last?.mine && last.state === 'waiting' ? last.messageId : null;
  const shownOwnId = useRef(lastOwnWaitingId);
  useLayoutEffect(() => {
    if (lastOwnWaitingId === null || lastOwnWaitingId === shownOwnId.current) return;
    shownOwnId.current = lastOwnWaitingId;
    virtualizer.scrollToEnd();
  }, [lastOwnWaitingId, virtualizer]);

  const firstIndex = items[0]?.index ?? 0;
  useEffect(() => {
    if (placed && hasOlder && firstIndex < loadBeforeIndex) loadOlder();
  }, [placed, hasOlder, firstIndex, loadOlder]);
  const lastIndex = items.at(-1)?.index ?? 0;
  const isNearEnd = messages.length - lastIndex < loadBeforeIndex;
  useEffect(() => {
    if (placed && hasNewer && isNearEnd) loadNewer();
  }, [placed, hasNewer, isNearEnd, loadNewer]);

  // What was in view while someone looked is read.
  const lastVisible = messages[Math.min(virtualizer.range?.endIndex ?? -1, messages.length - 1)];
  const seen = newestAccepted(messages, lastVisible?.order ?? 0);
  useEffect(() => {
    if (pageActive && seen > ownReadOrder) sotto.markRead(conversationId, seen);
  }, [sotto, pageActive, seen, ownReadOrder, conversationId]);

  const toEnd = useCallback(() => {
    if (!hasNewer) {
      virtualizer.scrollToEnd({ behavior: 'auto' });
      return;
    }
    toNewest.current = true;
    loadNewest();
  }, [virtualizer, hasNewer, loadNewest]);
  const { deliveredOrder, readOrder, unreadCount, title } = conversation;
  return (
    <div className="thread-messages">
      <section
        className="thread-scroller"
        id="messages"
        ref={scroller}
        {...reachableByKeyboard}
        aria-label={words.thread.messages(title)}
      >
        {!hasOlder && <ThreadBeginning conversation={conversation} empty={messages.length === 0} />}
        <div className="thread-rows" style={{ height: virtualizer.getTotalSize() }}>
          {hasOlder && (
            <div className="thread-older">
              <span className="hiddenText">{words.thread.loadingOlder}</span>
              <span className="placeholder" />
              <span className="placeholder" />
            </div>
          )}
          <ol>
            {items.map((item) => (
              <li
                key={item.key}
                ref={virtualizer.measureElement}
                data-index={item.index}
                data-message={item.key}
                className="thread-row"
                data-found={item.key === foundId || undefined}
                tabIndex={item.key === foundId ? -1 : undefined}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <MessageRow
                  message={messages[item.index]!}
                  {...rowShape(messages, item.index, firstUnread?.messageId ?? null)}
                  deliveredOrder={deliveredOrder}
                  readOrder={readOrder}
                  nowMs={nowMs}
                />
              </li>
            ))}
          </ol>
        </div>
      </section>
      {!atEnd && (
        <button
          type="button"
          className="latestButton"
          onClick={toEnd}
          aria-label={unreadCount > 0 ? words.thread.latestUnread(unreadCount) : words.thread.latest}
        >
          <Icon name="down" />
          {unreadCount > 0 && <span className="badge">{unreadCount}</span>}
        </button>
      )}
    </div>
  );
}

/** The message at `order`, or the next one where it is gone. */
function nearest(messages: Timeline['messages'], order: number): Timeline['messages'][number] | null {
  return messages.find((message) => message.order >= order) ?? messages.at(-1) ?? null;
}

/** The largest order at or below `order` that the server has given: waiting messages are not marked read. */
function newestAccepted(messages: Timeline['messages'], order: number): number {
  if (order < waitingOrderBase) return order;
  return messages.findLast((message) => message.order < waitingOrderBase)?.order ?? 0;
}

function useToday(): number {
  const [nowMs, setNowMs] = useState(() => new Date().setHours(0, 0, 0, 0));
  useEffect(() => {
    const untilTomorrow = nowMs + 86_400_000 - Date.now() + 1000;
    const timer = setTimeout(() => setNowMs(new Date().setHours(0, 0, 0, 0)), Math.max(1000, untilTomorrow));
    return () => clearTimeout(timer);
  }, [nowMs]);
  return nowMs;
}
