import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react';
import { Icon } from '../parts/Icon.tsx';
import { reachableByKeyboard } from '../parts/reachableByKeyboard.ts';
import { type ConversationView, type MessageView, waitingOrderBase } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { estimatedRowHeight } from './estimatedRowHeight.ts';
import { MessageRow } from './MessageRow.tsx';
import { firstUnreadOf, rowShape } from './rowShape.ts';
import { useThreadActions } from './ThreadActions.ts';
import { ThreadBeginning } from './ThreadBeginning.tsx';
import type { Timeline } from './timeline.ts';
import { usePageActive } from './usePageActive.ts';
import { useRowKeys } from './useRowKeys.ts';
import type { ThreadState } from './useThreadState.ts';

interface MessageListProps {
  conversation: ConversationView;
  timeline: Timeline;
  loadOlder: () => void;
  loadNewer: () => void;
  loadNewest: () => void;
  /** The message to open at; null: the first unread one, or the end. */
  order: number | null;
  /** A message to go to, again with each count. */
  jump: ThreadState['jump'];
  /** One's own new message, which is shown from wherever one is. */
  sent: ThreadState['sent'];
  /** Goes to a message that is not among those that are loaded. */
  onFar: (order: number) => void;
  selection: ThreadState['selection'];
}

const loadBeforeIndex = 25;
const olderPlaceholderHeight = 96;
const endThreshold = 48;
const stillFrames = 4;
/** As long as its colour takes to go. */
const foundMs = 2600;

/**
 * The thread. Only the rows near the view exist. It stays at the bottom while it is there, and keeps what is on
 * screen in place when older messages come in above (both by the virtualizer's `anchorTo: 'end'`).
 */
export function MessageList(props: MessageListProps) {
  const { conversation, timeline, loadOlder, loadNewer, loadNewest, order, jump, sent, onFar, selection } =
    props;
  const sotto = useSotto();
  const actions = useThreadActions();
  const { messages, hasOlder, hasNewer } = timeline;
  const scroller = useRef<HTMLElement>(null);
  const pageActive = usePageActive();
  const toNewest = useRef(false);
  const { conversationId, ownReadOrder } = conversation;
  const [opened] = useState(() => ({
    firstUnread: knownFirstUnread(timeline, ownReadOrder),
    unreadCount: conversation.unreadCount,
    readOrder: ownReadOrder,
  }));
  const { firstUnread } = opened;
  const [found, setFound] = useState(() => (order === null ? null : nearest(messages, order)));
  const [atLoadedEnd, setAtLoadedEnd] = useState(true);
  const atEnd = atLoadedEnd && !hasNewer;
  // A page of newer messages is no news to follow; the page that ends the gap is none either.
  const hadNewer = useRef(hasNewer);
  const follows = !hasNewer && !hadNewer.current;
  const nowMs = useToday();

  const virtualizer = useVirtualizer({
    count: messages.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimatedRowHeight(messages[index]!),
    getItemKey: (index) => messages[index]!.messageId,
    overscan: 8,
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
    else if (unreadIndex >= 0) virtualizer.scrollToIndex(unreadIndex, { align: 'start' });
    else virtualizer.scrollToEnd();
  });
  useLayoutEffect(() => openAtUnread(), []);
  const foundId = found?.messageId ?? null;
  // Asked to go on to another message: to one that is loaded at once, to others by another page.
  const goTo = useEffectEvent((to: number) => {
    const isLoaded =
      (messages[0]?.order ?? Number.POSITIVE_INFINITY) <= to && to <= (messages.at(-1)?.order ?? 0);
    const message = isLoaded ? nearest(messages, to) : null;
    if (message === null) {
      onFar(to);
      return;
    }
    virtualizer.scrollToIndex(messages.indexOf(message), { align: 'center' });
    setFound(message);
    setPlaced(false);
  });
  useEffect(() => {
    if (jump !== null) goTo(jump.order);
  }, [jump]);
  // The virtualizer scrolls to an index over several frames: pages that move the index wait until it is there.
  const [placed, setPlaced] = useState(found === null);
  /** Who began to write meanwhile is not taken away from it. */
  const isWriting = useRef(false);
  useEffect(() => {
    if (placed) return;
    isWriting.current = false;
    const noteWriting = (): void => {
      isWriting.current = true;
    };
    document.addEventListener('input', noteWriting);
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
    return () => {
      cancelAnimationFrame(frame);
      document.removeEventListener('input', noteWriting);
    };
  }, [placed]);
  useEffect(() => {
    if (foundId === null || !placed) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-message="${foundId}"]`);
    if (!isWriting.current) row?.focus({ preventScroll: true });
    const timer = setTimeout(() => setFound(null), foundMs);
    return () => clearTimeout(timer);
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

  // Not told from what waits: the server may have it before it is drawn.
  const isSentLoaded = sent !== null && messages.some(({ messageId }) => messageId === sent);
  useLayoutEffect(() => {
    if (sent !== null && isSentLoaded) virtualizer.scrollToEnd();
  }, [sent, isSentLoaded, virtualizer]);

  // Again with all that is loaded: of a page, nothing is left to be shown where all of it has disappeared.
  const isNearStart = (items[0]?.index ?? 0) < loadBeforeIndex;
  useEffect(() => {
    if (placed && timeline.hasOlder && isNearStart) loadOlder();
  }, [placed, timeline, isNearStart, loadOlder]);
  const lastIndex = items.at(-1)?.index ?? 0;
  const isNearEnd = messages.length - lastIndex < loadBeforeIndex;
  useEffect(() => {
    if (placed && timeline.hasNewer && isNearEnd) loadNewer();
  }, [placed, timeline, isNearEnd, loadNewer]);

  // What was in view while someone looked is read, once rows are drawn where they belong: before they are measured, that is a guess.
  // What was marked as unread is not, once it is opened; marked while it is open, it stays so.
  const arePlaced = items.every(({ key }) => virtualizer.itemSizeCache.has(key));
  const wasMarked = useRef(conversation.markedUnread);
  const toldRead = useRef(ownReadOrder);
  useEffect(() => {
    const readOrder = wasMarked.current ? 0 : Math.max(ownReadOrder, toldRead.current);
    if (!arePlaced || !pageActive || (messages.at(-1)?.order ?? 0) <= readOrder) return;
    const index = lastRowInView(scroller.current, virtualizer.range?.endIndex ?? -1);
    const seen = newestAccepted(messages, messages[index]?.order ?? 0);
    if (seen <= readOrder) return;
    wasMarked.current = false;
    toldRead.current = seen;
    sotto.markRead(conversationId, seen);
  });

  const toEnd = useCallback(() => {
    if (!hasNewer) {
      virtualizer.scrollToEnd({ behavior: 'auto' });
      return;
    }
    toNewest.current = true;
    loadNewest();
  }, [virtualizer, hasNewer, loadNewest]);
  const { unreadCount, unreadMentions, title } = conversation;
  const keyDown = useRowKeys(scroller, virtualizer, messages, conversation);

  // Unread ones that lie above: the thread was opened elsewhere, or there are more of them than are loaded at once.
  const firstVisibleOrder = messages[virtualizer.range?.startIndex ?? 0]?.order ?? 0;
  const [wasAtUnread, setWasAtUnread] = useState(opened.unreadCount === 0);
  const isAtUnread = messages.length > 0 && placed && firstVisibleOrder <= opened.readOrder + 1;
  useEffect(() => {
    if (isAtUnread || (firstUnread !== null && order === null)) setWasAtUnread(true);
  }, [isAtUnread, firstUnread, order]);
  const toFirstUnread = (): void => {
    setWasAtUnread(true);
    actions.jump(firstUnread?.order ?? opened.readOrder + 1);
  };
  const toMention = (): void => {
    sotto.readMentions(conversationId).then(
      ([first]) => first !== undefined && actions.jump(first),
      () => undefined,
    );
  };
  return (
    <div className="thread-messages">
      <section
        className="thread-scroller"
        id="messages"
        ref={scroller}
        {...reachableByKeyboard}
        aria-label={words.thread.messages(title)}
        onKeyDown={keyDown}
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
                tabIndex={-1}
                aria-labelledby={`message-${item.key}`}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <MessageRow
                  message={messages[item.index]!}
                  {...rowShape(messages, item.index, firstUnread?.messageId ?? null)}
                  conversation={conversation}
                  unreadCount={opened.unreadCount}
                  selected={selection === null ? null : selection.has(messages[item.index]!.messageId)}
                  nowMs={nowMs}
                />
              </li>
            ))}
          </ol>
        </div>
      </section>
      {!wasAtUnread && (
        <button
          type="button"
          className="jumpButton jumpButton-unread"
          onClick={toFirstUnread}
          aria-label={words.messaging.jump.firstUnread(opened.unreadCount)}
        >
          <Icon name="up" />
          <span aria-hidden="true">{words.messaging.jump.unread(opened.unreadCount)}</span>
        </button>
      )}
      <div className="jumpButtons">
        {unreadMentions > 0 && (
          <button
            type="button"
            className="jumpButton"
            onClick={toMention}
            aria-label={words.messaging.jump.mention(unreadMentions)}
            title={words.messaging.jump.mention(unreadMentions)}
          >
            <span className="jumpButton-at" aria-hidden="true">
              @
            </span>
            <span className="badge">{unreadMentions}</span>
          </button>
        )}
        {!atEnd && (
          <button
            type="button"
            className="jumpButton latestButton"
            onClick={toEnd}
            aria-label={unreadCount > 0 ? words.thread.latestUnread(unreadCount) : words.thread.latest}
          >
            <Icon name="down" />
            {unreadCount > 0 && <span className="badge">{unreadCount}</span>}
          </button>
        )}
      </div>
    </div>
  );
}

/** The index of the last row that is in view, not behind `endIndex`; -1: none is drawn there. */
function lastRowInView(scroller: HTMLElement | null, endIndex: number): number {
  const bottom = scroller?.getBoundingClientRect().bottom ?? 0;
  for (let index = endIndex; index >= 0; index -= 1) {
    const row = scroller?.querySelector(`[data-index="${index}"]`);
    if (!row) return -1;
    if (row.getBoundingClientRect().top < bottom) return index;
  }
  return -1;
}

/** The first unread message, where it is loaded: what lies before the first page is not known. */
function knownFirstUnread({ messages, hasOlder }: Timeline, readOrder: number): MessageView | null {
  const first = firstUnreadOf(messages, readOrder);
  return first === messages[0] && hasOlder ? null : first;
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
