import type { KeyboardEvent } from 'react';
import { Avatar } from '../parts/Avatar.tsx';
import { hashOf } from '../routing/route.ts';
import type { MessageMatch } from '../sotto.ts';
import { words } from '../words.ts';
import './search.css';
import { snippet } from './snippet.ts';

interface MatchRowProps {
  match: MessageMatch;
  /** The conversation's title, where it is not clear from the place. */
  title: string | null;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** A found message: leads to it in its thread. */
export function MatchRow({ match, title, onKeyDown }: MatchRowProps) {
  const { message, ranges } = match;
  const { conversationId, order, body, sender, mine, sentAtMs } = message;
  const text = body.kind === 'text' ? body.text : '';
  const name = mine ? words.common.you : sender.username;
  return (
    <a
      className="list-row match"
      href={hashOf({ kind: 'conversation', conversationId, details: false, order })}
      onKeyDown={onKeyDown}
    >
      <Avatar account={sender} />
      <span className="list-rowBody">
        <span className="list-rowTop">
          <span className="list-name">{title === null ? name : placeOf(title, sender.username, mine)}</span>
          <time className="list-time" dateTime={new Date(sentAtMs).toISOString()}>
            {words.time.short(sentAtMs, Date.now())}
          </time>
        </span>
        <span className="match-text" dir="auto">
          {snippet(text, ranges).map((part) =>
            part.found ? (
              <mark key={part.place}>{part.text}</mark>
            ) : (
              <span key={part.place}>{part.text}</span>
            ),
          )}
        </span>
      </span>
    </a>
  );
}

/** Who said it where: a chat of two has the other's name. */
function placeOf(title: string, sender: string, mine: boolean): string {
  if (mine) return words.search.in(title);
  return title === sender ? title : words.search.by(sender, title);
}
