import { useEffect, useRef, useState } from 'react';
import { Composer } from '../composer/Composer.tsx';
import { Avatar } from '../parts/Avatar.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import type { ConversationId, ConversationView } from '../sotto.ts';
import { conversationTitle, useOwnAccountId } from '../state/OwnAccount.tsx';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { useWatched } from '../state/useWatched.ts';
import { words } from '../words.ts';
import { MessageList } from './MessageList.tsx';
import { NewIdentity } from './NewIdentity.tsx';
import { ThreadPlaceholder } from './ThreadPlaceholder.tsx';
import { ThreadSearch } from './ThreadSearch.tsx';
import { useTimeline } from './useTimeline.ts';
import './thread.css';

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
  return <Thread {...props} conversation={view.conversation} />;
}

function Thread({
  conversation,
  order,
  detailsShown,
  onToggleDetails,
  onBack,
}: ThreadPaneProps & { conversation: ConversationView }) {
  const own = useOwnAccountId();
  const phone = usePhoneLayout();
  const heading = useRef<HTMLHeadingElement>(null);
  const title = conversationTitle(conversation, own);
  const [searching, setSearching] = useState(false);
  const searchButton = useRef<HTMLButtonElement>(null);
  const closeSearch = (): void => {
    setSearching(false);
    searchButton.current?.focus();
  };

  // On a phone the composer would open the keyboard: the heading takes the focus there.
  useEffect(() => {
    if (phone) heading.current?.focus({ preventScroll: true });
  }, [phone]);

  const status = conversation.typing ? words.thread.typing : conversation.online ? words.thread.online : null;
  return (
    <main className="pane thread">
      <header className="paneBar">
        <IconButton icon="back" label={words.common.back} className="phoneOnly" onClick={onBack} />
        <button type="button" className="thread-who" onClick={onToggleDetails}>
          <Avatar account={conversation.peer} size="small" online={conversation.online} />
          <span className="thread-name">
            <span className="thread-title">{title}</span>
            <span className="thread-status" data-live={status !== null}>
              {status ?? words.thread.closed}
            </span>
          </span>
          <span className="hiddenText">{words.thread.details}</span>
        </button>
        <h1 className="hiddenText" ref={heading} tabIndex={-1}>
          {title}
        </h1>
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
      <Messages key={order ?? 'end'} conversation={conversation} order={order} />
      <p className="typing" role="status">
        {conversation.typing && (
          <>
            <span className="typing-dots" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
            {words.thread.isTyping(conversation.peer.username)}
          </>
        )}
      </p>
      {conversation.newIdentity === null ? (
        <Composer
          conversationId={conversation.conversationId}
          title={title}
          autoFocus={!phone && order === null}
        />
      ) : (
        <NewIdentity identity={conversation.newIdentity} />
      )}
    </main>
  );
}

/** The messages around `order`, or the newest ones: what it is opened at is its key. */
function Messages({ conversation, order }: { conversation: ConversationView; order: number | null }) {
  const { conversationId, unreadCount } = conversation;
  const { timeline, arrived, ...loads } = useTimeline(conversationId, unreadCount, order);
  return (
    <>
      {timeline === null ? (
        <ThreadPlaceholder bare />
      ) : (
        <MessageList conversation={conversation} timeline={timeline} order={order} {...loads} />
      )}
      <div className="hiddenText" aria-live="polite">
        {arrived !== null &&
          arrived.body.kind === 'text' &&
          words.thread.received(arrived.sender.username, arrived.body.text)}
      </div>
    </>
  );
}
