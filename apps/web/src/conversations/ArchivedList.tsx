import { useEffect, useRef } from 'react';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { useWalk } from '../search/useWalk.ts';
import type { AccountView, ConversationId, ConversationView } from '../sotto.ts';
import { conversationTitle } from '../state/OwnAccount.tsx';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { words } from '../words.ts';
import { ConversationItem } from './ConversationItem.tsx';
import './conversations.css';
import { ListPlaceholder } from './ListPlaceholder.tsx';

interface ArchivedListProps {
  account: AccountView;
  conversations: readonly ConversationView[] | undefined;
  openId: ConversationId | null;
  onBack: () => void;
}

/** In the place of the list: the chats that were put away. */
export function ArchivedList({ account, conversations, openId, onBack }: ArchivedListProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const rows = useRef<HTMLUListElement>(null);
  const walk = useWalk(rows, heading);
  const isOpened = openId !== null;
  // Where it came with a chat, that has the focus.
  useEffect(() => {
    if (!isOpened) heading.current?.focus({ preventScroll: true });
  }, [isOpened]);
  const shown = conversations?.filter(({ archived }) => archived);
  const Pane = usePhoneLayout() ? 'main' : 'nav';
  return (
    <Pane className="pane list" aria-label={words.archived.title}>
      <div className="paneBar">
        <IconButton icon="back" label={words.archived.back} onClick={onBack} />
        <h1 className="list-title" ref={heading} tabIndex={-1}>
          {words.archived.title}
        </h1>
      </div>
      {shown === undefined ? (
        <ListPlaceholder />
      ) : shown.length === 0 ? (
        <EmptyState
          title={words.archived.emptyTitle}
          text={words.archived.emptyText}
          figure={<Icon name="archive" />}
        />
      ) : (
        <div className="list-scroller">
          <ul ref={rows}>
            {shown.map((conversation) => (
              <li key={conversation.conversationId}>
                <ConversationItem
                  conversation={conversation}
                  title={conversationTitle(conversation, account.accountId)}
                  open={conversation.conversationId === openId}
                  onKeyDown={walk}
                />
              </li>
            ))}
          </ul>
          <p className="list-hint">{words.archived.hint}</p>
        </div>
      )}
    </Pane>
  );
}
