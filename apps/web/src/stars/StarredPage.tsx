import { useEffect, useRef } from 'react';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Problem } from '../parts/Problem.tsx';
import { navigate } from '../routing/useRoute.ts';
import type { ConversationView, MessageView } from '../sotto.ts';
import { conversationTitle, useOwnAccountId } from '../state/OwnAccount.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { useWatched } from '../state/useWatched.ts';
import { useLoaded } from '../thread/dialogs/useLoaded.ts';
import { MessageItem } from '../thread/MessageItem.tsx';
import { words } from '../words.ts';
import './stars.css';

/** All starred messages that are on this device. A default export, as it is loaded when it is first opened. */
export default function StarredPage({ onBack }: { onBack: () => void }) {
  const sotto = useSotto();
  const own = useOwnAccountId();
  const text = words.messaging.stars;
  const heading = useRef<HTMLHeadingElement>(null);
  const conversations = useWatched({ kind: 'conversations' });
  const messages = useLoaded('', () => sotto.readStarred());
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const titleOf = ({ conversationId }: MessageView): string => {
    const found = conversations?.find((each: ConversationView) => each.conversationId === conversationId);
    return found === undefined ? '' : conversationTitle(found, own);
  };
  return (
    <main className="pane starred">
      <div className="paneBar">
        <IconButton icon="back" label={text.back} onClick={onBack} />
        <h1 className="paneBar-title" ref={heading} tabIndex={-1}>
          {text.title}
        </h1>
      </div>
      {messages === null && <Problem text={words.problem.unexpected} />}
      {messages === undefined && (
        <p className="hiddenText" role="status">
          {text.loading}
        </p>
      )}
      {messages?.length === 0 && (
        <EmptyState title={text.emptyTitle} text={text.emptyText} figure={<Icon name="star" />} />
      )}
      {messages !== undefined && messages !== null && messages.length > 0 && (
        <div className="pane-scroller">
          <ul className="starred-list">
            {messages.map((message) => (
              <li key={message.messageId}>
                <MessageItem
                  message={message}
                  title={titleOf(message)}
                  onOpen={() =>
                    navigate({
                      kind: 'conversation',
                      conversationId: message.conversationId,
                      details: false,
                      order: message.order,
                    })
                  }
                />
              </li>
            ))}
          </ul>
        </div>
      )}
    </main>
  );
}
