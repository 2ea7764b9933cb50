import { lazy, Suspense, useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { CallButtons } from '../calls/CallButtons.tsx';
import { Composer } from '../composer/Composer.tsx';
import { useShownMessage, useShownMessages } from '../disappearing/usePresence.ts';
import { GroupCallBanner } from '../groupCalls/GroupCallBanner.tsx';
import { GroupCallButtons } from '../groupCalls/GroupCallButtons.tsx';
import { ConversationAvatar } from '../parts/ConversationAvatar.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { navigate } from '../routing/useRoute.ts';
import type { ConversationId, ConversationView, MemberView, MessageView } from '../sotto.ts';
import { conversationTitle, useOwnAccountId } from '../state/OwnAccount.tsx';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { useWatched } from '../state/useWatched.ts';
import { words } from '../words.ts';
import { MessageList } from './MessageList.tsx';
import { MessageMenu } from './MessageMenu.tsx';
import { messageLine } from './messageLine.ts';
import { NewIdentity } from './NewIdentity.tsx';
import { PinnedBar } from './PinnedBar.tsx';
import { SelectionBar } from './SelectionBar.tsx';
import { ThreadActionsContext } from './ThreadActions.ts';
import { ThreadPlaceholder } from './ThreadPlaceholder.tsx';
import { ThreadSearch } from './ThreadSearch.tsx';
import { TypingLine, typingSentence } from './TypingLine.tsx';
import { withoutScheduled } from './timeline.ts';
import { useScheduled } from './useScheduled.ts';
import { type ThreadState, useThreadState } from './useThreadState.ts';
import { useTimeline } from './useTimeline.ts';
import './thread.css';
import './message.css';

const loadDialogs = () => import('./dialogs/ThreadDialogs.tsx');
const ThreadDialogs = lazy(loadDialogs);
const GroupEnded = lazy(() =>
  import('../groups/GroupEnded.tsx').then((module) => ({ default: module.GroupEnded })),
);
const ReactionPicker = lazy(() => import('./ReactionPicker.tsx'));

interface ThreadPaneProps {
  conversationId: ConversationId;
  /** The message to open at; null: the first unread one, or the end. */
  order: number | null;
  detailsShown: boolean;
  onToggleDetails: () => void;
  onBack: () => void;
}

/** A conversation: header, messages, composer. Give it the conversation id as its key. */
export function ThreadPane(props: ThreadPaneProps) {
  const view = useWatched({ kind: 'conversation', conversationId: props.conversationId });
  if (view === undefined) return <ThreadPlaceholder />;
  if (view === null) {
    return (
      <main className="pane thread">
        <div className="paneBar">
          <IconButton icon="back" label={words.common.back} className="phoneOnly" onClick={props.onBack} />
          <h1 className="hiddenText">{words.thread.unknownTitle}</h1>
        </div>
        <EmptyState title={words.thread.unknownTitle} text={words.thread.unknownText} />
      </main>
    );
  }
  return <Thread {...props} conversation={view.conversation} members={view.members} />;
}

function Thread({
  conversation,
  members,
  order,
  detailsShown,
  onToggleDetails,
  onBack,
}: ThreadPaneProps & { conversation: ConversationView; members: readonly MemberView[] }) {
  const own = useOwnAccountId();
  const phone = usePhoneLayout();
  const heading = useRef<HTMLHeadingElement>(null);
  const { conversationId } = conversation;
  const title = conversationTitle(conversation, own);
  const [searching, setSearching] = useState(false);
  const searchButton = useRef<HTMLButtonElement>(null);
  const state = useThreadState(conversation);
  const { actions, menu, picker, dialog, selection, told } = state;
  const scheduled = useScheduled(conversationId);
  const [visit, setVisit] = useState(0);
  // A draft may be here before the message that it answers, which the composer names.
  const [, noteLoaded] = useReducer((count: number) => count + 1, 0);
  const closeSearch = (): void => {
    setSearching(false);
    searchButton.current?.focus();
  };
  // On a phone the composer would open the keyboard: the heading takes the focus there.
  useEffect(() => {
    if (phone) heading.current?.focus({ preventScroll: true });
  }, [phone]);
  const goFar = useCallback(
    (to: number) => {
      setVisit((count) => count + 1);
      navigate({ kind: 'conversation', conversationId, details: false, order: to });
    },
    [conversationId],
  );
  const status = statusOf(conversation);
  const pinned = useShownMessage(conversation.pinnedMessage);
  const focusBack = (messageId: string): void => {
    // Where somebody went on already, they are left there.
    if (document.activeElement !== document.body) return;
    document.querySelector<HTMLElement>(`[data-message="${messageId}"]`)?.focus({ preventScroll: true });
  };
  return (
    <ThreadActionsContext value={actions}>
      <main className="pane thread">
        <header className="paneBar">
          <IconButton icon="back" label={words.common.back} className="phoneOnly" onClick={onBack} />
          <button type="button" className="thread-who" onClick={onToggleDetails}>
            <ConversationAvatar conversation={conversation} size="small" online={conversation.online} />
            <span className="thread-name">
              <span className="thread-title">{title}</span>
              <span className="thread-status" data-live={status.live}>
                {status.text}
              </span>
            </span>
            <span className="hiddenText">{words.thread.details}</span>
          </button>
          <h1 className="hiddenText" ref={heading} tabIndex={-1}>
            {title}
          </h1>
          <CallButtons conversation={conversation} />
          <GroupCallButtons conversation={conversation} />
          <IconButton
            icon="search"
            label={searching ? words.search.close : words.search.open}
            aria-expanded={searching}
            ref={searchButton}
            onClick={() => (searching ? closeSearch() : setSearching(true))}
          />
          <IconButton
            icon="details"
            label={detailsShown ? words.thread.hideDetails : words.thread.details}
            aria-pressed={detailsShown}
            onClick={onToggleDetails}
          />
        </header>
        {searching && <ThreadSearch conversation={conversation} title={title} onClose={closeSearch} />}
        {conversation.state !== 'ready' && conversation.newIdentity === null && (
          <p className="thread-state" role="status">
            {conversation.state === 'waiting' ? words.thread.waiting : words.thread.healing}
          </p>
        )}
        {conversation.logForked && (
          <p className="thread-state thread-alarm" role="status">
            {words.forked.banner}{' '}
            {!detailsShown && (
              <button type="button" onClick={onToggleDetails}>
                {words.forked.show}
              </button>
            )}
          </p>
        )}
        <GroupCallBanner conversation={conversation} />
        {pinned !== null && <PinnedBar message={pinned} count={conversation.pinnedCount} />}
        <Messages
          key={`${order ?? 'end'} ${visit}`}
          conversation={conversation}
          order={order}
          state={state}
          onFar={goFar}
          onLoaded={noteLoaded}
        />
        <TypingLine conversation={conversation} />
        <ThreadEnd
          conversation={conversation}
          members={members}
          title={title}
          state={state}
          autoFocus={!phone && order === null}
          scheduledCount={scheduled.length}
        />
        <p className="thread-told" role="status" data-shown={told !== null}>
          {told}
        </p>
        {menu !== null && (
          <MessageMenu
            key={menu.message.messageId}
            message={menu.message}
            conversation={conversation}
            at={menu.at}
            onClose={state.closeMenu}
            onFocusBack={() => focusBack(menu.message.messageId)}
          />
        )}
        <Suspense>
          {picker !== null && (
            <ReactionPicker
              message={picker.message}
              at={picker.at}
              onClose={() => {
                state.closePicker();
                requestAnimationFrame(() => focusBack(picker.message.messageId));
              }}
            />
          )}
          {dialog !== null && (
            <ThreadDialogs
              dialog={dialog}
              conversation={conversation}
              scheduled={scheduled}
              onDone={state.stopSelecting}
              onClose={state.closeDialog}
            />
          )}
        </Suspense>
        {selection !== null && <SelectionEscape onEscape={state.stopSelecting} />}
      </main>
    </ThreadActionsContext>
  );
}

/** Below the messages: where one writes, what is selected, or why nothing can be written. */
function ThreadEnd({
  conversation,
  members,
  title,
  state,
  autoFocus,
  scheduledCount,
}: {
  conversation: ConversationView;
  members: readonly MemberView[];
  title: string;
  state: ThreadState;
  autoFocus: boolean;
  scheduledCount: number;
}) {
  const { selection, editing, actions } = state;
  if (selection !== null) {
    return <SelectionBar conversation={conversation} selection={selection} onCancel={state.stopSelecting} />;
  }
  if (conversation.newIdentity !== null) return <NewIdentity identity={conversation.newIdentity} />;
  if (conversation.ended !== null) {
    return (
      <Suspense>
        <GroupEnded conversation={conversation} members={members} />
      </Suspense>
    );
  }
  if (!conversation.may.send) return <p className="thread-closed">{words.messaging.composer.adminsOnly}</p>;
  return (
    <Composer
      key={editing?.messageId ?? 'new'}
      ref={state.composer}
      conversation={conversation}
      members={members}
      title={title}
      autoFocus={autoFocus || editing !== null}
      editing={editing}
      onEdited={state.stopEditing}
      onEditLast={actions.editLast}
      findMessage={(messageId) => state.shown.current.find((message) => message.messageId === messageId)}
      scheduledCount={scheduledCount}
      onShowScheduled={() => actions.show({ kind: 'scheduled' })}
    />
  );
}

function SelectionEscape({ onEscape }: { onEscape: () => void }) {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || document.querySelector('[role="dialog"], [role="menu"]') !== null) return;
      event.preventDefault();
      event.stopPropagation();
      onEscape();
    };
    window.addEventListener('keydown', pressed, { capture: true });
    return () => window.removeEventListener('keydown', pressed, { capture: true });
  }, [onEscape]);
  return null;
}

function statusOf(conversation: ConversationView): { readonly text: string; readonly live: boolean } {
  if (conversation.typing) return { text: typingSentence(conversation), live: true };
  if (conversation.kind === 'group')
    return { text: words.groups.members(conversation.memberCount), live: false };
  if (conversation.online) return { text: words.thread.online, live: true };
  const text = conversation.memberCount === 1 ? words.thread.closedSelf : words.thread.closed;
  return { text, live: false };
}

const noMessages: readonly MessageView[] = [];

/** The messages around `order`, or the newest ones: what it is opened at is its key. */
function Messages({
  conversation,
  order,
  state,
  onFar,
  onLoaded,
}: {
  conversation: ConversationView;
  order: number | null;
  state: ThreadState;
  onFar: (order: number) => void;
  /** The first of them are here. */
  onLoaded: () => void;
}) {
  const { conversationId, unreadCount } = conversation;
  const [opened] = useState({ jump: state.jump, sent: state.sent });
  const jump = state.jump === opened.jump ? null : state.jump;
  const sent = state.sent === opened.sent ? null : state.sent;
  const { timeline: loaded, arrived, ...loads } = useTimeline(conversationId, unreadCount, order, sent);
  const messages = useShownMessages(loaded?.messages ?? noMessages);
  const timeline = useMemo(
    () => (loaded === null ? null : withoutScheduled({ ...loaded, messages })),
    [loaded, messages],
  );
  const newest =
    arrived === null || arrived.timer === null
      ? arrived
      : messages.findLast(({ messageId }) => messageId === arrived.messageId);
  state.shown.current = timeline?.messages ?? [];
  const isLoaded = timeline !== null;
  useEffect(() => {
    if (isLoaded) onLoaded();
  }, [isLoaded, onLoaded]);
  return (
    <>
      {timeline === null ? (
        <ThreadPlaceholder bare />
      ) : (
        <MessageList
          conversation={conversation}
          timeline={timeline}
          order={order}
          jump={jump}
          sent={sent}
          onFar={onFar}
          selection={state.selection}
          {...loads}
        />
      )}
      <div className="hiddenText" aria-live="polite">
        {newest?.body.kind === 'text' && words.thread.received(newest.sender.username, messageLine(newest))}
      </div>
    </>
  );
}
