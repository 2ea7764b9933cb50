import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Mark } from '../parts/Mark.tsx';
import { hashOf } from '../routing/route.ts';
import { MatchRow } from '../search/MatchRow.tsx';
import { SearchCoverage } from '../search/SearchCoverage.tsx';
import { useMessageSearch } from '../search/useMessageSearch.ts';
import { useWalk } from '../search/useWalk.ts';
import { AccountButton } from '../shell/AccountButton.tsx';
import type { AccountView, ConversationId, ConversationView } from '../sotto.ts';
import { conversationTitle } from '../state/OwnAccount.tsx';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { useWatched } from '../state/useWatched.ts';
import { words } from '../words.ts';
import { ConversationItem } from './ConversationItem.tsx';
import './conversations.css';
import { ListPlaceholder } from './ListPlaceholder.tsx';
import { useGroupsByMember } from './useGroupsByMember.ts';

/** So long without a connection, and the list stands as it is. */
const offlineMs = 1500;

interface ConversationListProps {
  account: AccountView;
  conversations: readonly ConversationView[] | undefined;
  openId: ConversationId | null;
  onNew: () => void;
  onInvite: () => void;
  onExport: () => void;
  onSignOut: () => void;
}

/** The left pane: search, every conversation, the account menu. Arrow keys walk through the rows. */
export function ConversationList(props: ConversationListProps) {
  const { account, conversations, openId } = props;
  const [text, setText] = useState('');
  const search = useRef<HTMLInputElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const wanted = text.trim().toLowerCase();
  const byMember = useGroupsByMember(wanted.replace(/^@/, ''));
  const shown = useMemo(
    () =>
      conversations?.filter(
        (conversation) =>
          (wanted === '' && !conversation.archived) ||
          (wanted !== '' &&
            (byMember.has(conversation.conversationId) ||
              conversation.peer?.username.includes(wanted.replace(/^@/, '')) ||
              conversationTitle(conversation, account.accountId).toLowerCase().includes(wanted))),
      ),
    [conversations, wanted, account.accountId, byMember],
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

  const isSettled = useSettled();
  const archivedCount = conversations?.filter(({ archived }) => archived).length ?? 0;
  const walk = useWalk(rows, search);
  const { matches, more } = useMessageSearch(text);
  const titleOf = (id: ConversationId): string | null => {
    const found = conversations?.find((conversation) => conversation.conversationId === id);
    return found === undefined ? null : conversationTitle(found, account.accountId);
  };

  // Alone on a phone's screen it is the page's main part.
  const Pane = usePhoneLayout() ? 'main' : 'nav';
  return (
    <Pane className="pane list" aria-label={words.list.title}>
      <div className="paneBar">
        <h1 className="list-title">{words.list.title}</h1>
        <IconButton icon="compose" label={words.list.newConversation} onClick={props.onNew} />
        <AccountButton
          account={account}
          onInvite={props.onInvite}
          onExport={props.onExport}
          onSignOut={props.onSignOut}
        />
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
              if (event.key === 'Enter') rows.current?.querySelector('a')?.click();
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
      {shown === undefined || (conversations?.length === 0 && !isSettled) ? (
        <ListPlaceholder />
      ) : conversations?.length === 0 ? (
        <EmptyState title={words.list.emptyTitle} text={words.list.emptyText} figure={<Mark />}>
          <Button look="primary" onClick={props.onNew}>
            {words.list.findSomeone}
          </Button>
          <Button onClick={props.onInvite}>{words.list.inviteSomeone}</Button>
        </EmptyState>
      ) : (
        <div className="list-scroller" ref={rows}>
          {wanted !== '' && <SearchCoverage />}
          {wanted === '' && archivedCount > 0 && <ArchivedLink count={archivedCount} onKeyDown={walk} />}
          {wanted === '' && shown.length === 0 && <p className="list-hint">{words.list.allArchived}</p>}
          {wanted !== '' && shown.length > 0 && <h2 className="search-part">{words.search.chats}</h2>}
          <ul>
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
          {matches !== null && matches.length > 0 && (
            <>
              <h2 className="search-part">{words.search.messages}</h2>
              <ul>
                {matches.map((match) => (
                  <li key={`${match.message.conversationId}-${match.message.messageId}`}>
                    <MatchRow match={match} title={titleOf(match.message.conversationId)} onKeyDown={walk} />
                  </li>
                ))}
              </ul>
              {more !== null && (
                <button type="button" className="search-more" onClick={more} onKeyDown={walk}>
                  {words.search.more}
                </button>
              )}
            </>
          )}
          <SearchStatus text={text.trim()} chats={shown.length} matches={matches?.length ?? null} />
        </div>
      )}
    </Pane>
  );
}

/** Whether what the server has was here once, or the server cannot be reached: only then is an empty list known to be empty. */
function useSettled(): boolean {
  const kind = useWatched({ kind: 'connection' })?.kind;
  const [isSettled, setSettled] = useState(false);
  useEffect(() => {
    if (kind === 'online') setSettled(true);
    if (kind !== 'offline') return;
    // Every start is offline at first, for a moment.
    const timer = setTimeout(() => setSettled(true), offlineMs);
    return () => clearTimeout(timer);
  }, [kind]);
  return isSettled;
}

/** Leads to the chats that were put away. */
function ArchivedLink({ count, onKeyDown }: { count: number; onKeyDown: (event: KeyboardEvent) => void }) {
  return (
    <a className="list-archived" href={hashOf({ kind: 'archived' })} onKeyDown={onKeyDown}>
      <Icon name="archive" />
      {words.archived.title}
      <span className="list-archivedCount" aria-hidden="true">
        {count}
      </span>
      <span className="hiddenText">{words.archived.chats(count)}</span>
    </a>
  );
}

/** What there is to say of a search beside its results. */
function SearchStatus({ text, chats, matches }: { text: string; chats: number; matches: number | null }) {
  const isEmpty = text !== '' && matches === 0;
  return (
    <div role="status">
      {isEmpty && chats > 0 && <p className="search-none">{words.search.noMessages}</p>}
      {isEmpty && chats === 0 && (
        <p className="list-noMatch">
          {words.search.nothing(text)}
          <small>{words.search.nothingHint}</small>
        </p>
      )}
      {text !== '' && matches === null && <p className="hiddenText">{words.search.searching}</p>}
    </div>
  );
}
