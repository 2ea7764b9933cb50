import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Mark } from '../parts/Mark.tsx';
import { AccountMenu } from '../shell/AccountMenu.tsx';
import type { AccountView, ConversationId, ConversationView } from '../sotto.ts';
import { conversationTitle } from '../state/OwnAccount.tsx';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { words } from '../words.ts';
import { ConversationRow } from './ConversationRow.tsx';
import './conversations.css';
import { ListPlaceholder } from './ListPlaceholder.tsx';

interface ConversationListProps {
  account: AccountView;
  conversations: readonly ConversationView[] | undefined;
  openId: ConversationId | null;
  onNew: () => void;
  onInvite: () => void;
  onSignOut: () => void;
}

/** The left pane: search, every conversation, the account menu. Arrow keys walk through the rows. */
export function ConversationList(props: ConversationListProps) {
  const { account, conversations, openId } = props;
  const [text, setText] = useState('');
  const search = useRef<HTMLInputElement>(null);
  const rows = useRef<HTMLUListElement>(null);
  const wanted = text.trim().toLowerCase();
  const shown = useMemo(
    () =>
      conversations?.filter(
        (conversation) =>
          wanted === '' ||
          conversation.peer.username.includes(wanted.replace(/^@/, '')) ||
          conversationTitle(conversation, account.accountId).toLowerCase().includes(wanted),
      ),
    [conversations, wanted, account.accountId],
  );

  useEffect(() => {
    const focusSearch = (event: globalThis.KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.shiftKey) return;
      event.preventDefault();
      search.current?.focus();
    };
    window.addEventListener('keydown', focusSearch);
    return () => window.removeEventListener('keydown', focusSearch);
  }, []);

  const walk = (event: KeyboardEvent): void => {
    const links = [...(rows.current?.querySelectorAll<HTMLElement>('a') ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined) return;
    if ((event.key === 'Home' || event.key === 'End') && at < 0) return;
    event.preventDefault();
    if (to < 0) search.current?.focus();
    else links[Math.min(to, links.length - 1)]?.focus();
  };

  // Alone on a phone's screen it is the page's main part.
  const Pane = usePhoneLayout() ? 'main' : 'nav';
  return (
    <Pane className="pane list" aria-label={words.list.title}>
      <div className="paneBar">
        <h1 className="list-title">{words.list.title}</h1>
        <IconButton icon="compose" label={words.list.newConversation} onClick={props.onNew} />
        <AccountMenu account={account} onInvite={props.onInvite} onSignOut={props.onSignOut} />
      </div>
      {conversations !== undefined && conversations.length > 0 && (
        <div className="list-search">
          <Icon name="search" />
          <input
            ref={search}
            type="search"
            value={text}
            placeholder={words.list.search}
            aria-label={words.list.search}
            autoComplete="off"
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setText('');
              walk(event);
            }}
          />
          {text !== '' && (
            <IconButton
              icon="close"
              label={words.list.clearSearch}
              onClick={() => {
                setText('');
                search.current?.focus();
              }}
            />
          )}
        </div>
      )}
      {shown === undefined ? (
        <ListPlaceholder />
      ) : conversations?.length === 0 ? (
        <EmptyState title={words.list.emptyTitle} text={words.list.emptyText} figure={<Mark />}>
          <Button look="primary" onClick={props.onNew}>
            {words.list.findSomeone}
          </Button>
          <Button onClick={props.onInvite}>{words.list.inviteSomeone}</Button>
        </EmptyState>
      ) : (
        <ul className="list-scroller" ref={rows}>
          {shown.map((conversation) => (
            <li key={conversation.conversationId}>
              <ConversationRow
                conversation={conversation}
                title={conversationTitle(conversation, account.accountId)}
                open={conversation.conversationId === openId}
                onKeyDown={walk}
              />
            </li>
          ))}
        </ul>
      )}
      <p className="list-noMatch" role="status" hidden={wanted === '' || shown?.length !== 0}>
        {wanted !== '' && shown?.length === 0 && words.list.noMatch(text.trim())}
      </p>
    </Pane>
  );
}
