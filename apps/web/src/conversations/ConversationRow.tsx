import { type KeyboardEvent, memo } from 'react';
import { Avatar } from '../parts/Avatar.tsx';
import { Tick } from '../parts/Tick.tsx';
import { hashOf } from '../routing/route.ts';
import { type AccountId, type ConversationView, tickOf } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { noticeSentence } from '../thread/noticeSentence.ts';
import { unreadableSentence, words } from '../words.ts';

interface ConversationRowProps {
  conversation: ConversationView;
  title: string;
  open: boolean;
  onKeyDown: (event: KeyboardEvent) => void;
}

const shownUnreadLimit = 99;

export const ConversationRow = memo(function ConversationRow(props: ConversationRowProps) {
  const { conversation, title, open, onKeyDown } = props;
  const { conversationId, lastMessage, unreadCount } = conversation;
  const tick =
    lastMessage?.mine === true && lastMessage.body.kind === 'text' && conversation.draft === ''
      ? tickOf(lastMessage, conversation)
      : null;
  return (
    <a
      className="list-row"
      href={hashOf({ kind: 'conversation', conversationId, details: false })}
      aria-current={open ? 'page' : undefined}
      data-unread={unreadCount > 0}
      onKeyDown={onKeyDown}
    >
      <Avatar account={conversation.peer} online={conversation.online} />
      <span className="list-rowBody">
        <span className="list-rowTop">
          <span className="list-name">{title}</span>
          {conversation.online && <span className="hiddenText">{words.list.online}</span>}
          <time className="list-time" dateTime={new Date(conversation.lastActivityMs).toISOString()}>
            {words.time.short(conversation.lastActivityMs, Date.now())}
          </time>
        </span>
        <span className="list-rowBottom">
          {tick !== null && <Tick kind={tick} />}
          <Snippet conversation={conversation} />
          {unreadCount > 0 && (
            <span className="badge">
              <span aria-hidden="true">
                {unreadCount > shownUnreadLimit ? `${shownUnreadLimit}+` : unreadCount}
              </span>
              <span className="hiddenText">{words.list.unread(unreadCount)}</span>
            </span>
          )}
        </span>
      </span>
    </a>
  );
});

function Snippet({ conversation }: { conversation: ConversationView }) {
  const { lastMessage, draft, typing } = conversation;
  const own = useOwnAccountId();
  if (typing) {
    return (
      <span className="list-snippet" data-tone="accent">
        {words.list.typing}
      </span>
    );
  }
  if (draft !== '') {
    return (
      <span className="list-snippet">
        <em>{words.list.draft}</em> {draft.slice(0, 120)}
      </span>
    );
  }
  return <span className="list-snippet">{snippetOf(lastMessage, own)}</span>;
}

function snippetOf(message: ConversationView['lastMessage'], own: AccountId | null): string {
  if (message === null) return words.list.nothingSaid;
  switch (message.body.kind) {
    case 'text':
      return message.body.text.slice(0, 160);
    case 'unreadable':
      return unreadableSentence(message.body.reason);
    case 'notice': {
      const { notice } = message.body;
      return notice.kind === 'conversationStarted' ? words.list.nothingSaid : noticeSentence(notice, own);
    }
  }
}
