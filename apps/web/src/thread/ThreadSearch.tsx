import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { MatchRow } from '../search/MatchRow.tsx';
import { SearchCoverage } from '../search/SearchCoverage.tsx';
import { useMessageSearch } from '../search/useMessageSearch.ts';
import { useWalk } from '../search/useWalk.ts';
import type { ConversationView } from '../sotto.ts';
import { words } from '../words.ts';
import { useThreadActions } from './ThreadActions.ts';

interface ThreadSearchProps {
  conversation: ConversationView;
  title: string;
  onClose: () => void;
}

/** Search in one conversation: stays open while one goes from match to match. */
export function ThreadSearch({ conversation, title, onClose }: ThreadSearchProps) {
  const actions = useThreadActions();
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const { matches, more } = useMessageSearch(text, conversation.conversationId);
  const walk = useWalk(rows, field);
  useEffect(() => field.current?.focus(), []);
  const close = useEffectEvent(onClose);
  // Also from the message that was gone to: there, Escape would leave the chat.
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
      if (document.querySelector('[role="dialog"], [role="menu"]') !== null) return;
      event.preventDefault();
      close();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
  return (
    <search className="threadSearch">
      <div className="list-search">
        <Icon name="search" />
        <input
          ref={field}
          type="search"
          value={text}
          placeholder={words.search.placeholder}
          aria-label={words.search.field(title)}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') rows.current?.querySelector('a')?.click();
            walk(event);
          }}
        />
        <IconButton
          icon="calendar"
          label={words.messaging.jump.date}
          onClick={() => actions.show({ kind: 'date' })}
        />
        <IconButton icon="close" label={words.search.close} onClick={onClose} />
      </div>
      <p className="hiddenText" role="status">
        {matches !== null && matches.length > 0 && words.search.found(matches.length, more === null)}
      </p>
      {matches !== null && (
        <div className="threadSearch-results" ref={rows}>
          <SearchCoverage />
          {matches.length === 0 ? (
            <p className="search-none" role="status">
              {words.search.nothing(text.trim())} {words.search.nothingHint}
            </p>
          ) : (
            <ul>
              {matches.map((match) => (
                <li key={match.message.messageId}>
                  <MatchRow match={match} title={null} onKeyDown={walk} />
                </li>
              ))}
            </ul>
          )}
          {more !== null && (
            <button type="button" className="search-more" onClick={more} onKeyDown={walk}>
              {words.search.more}
            </button>
          )}
        </div>
      )}
    </search>
  );
}
