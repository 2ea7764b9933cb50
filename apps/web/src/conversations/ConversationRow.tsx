import { type KeyboardEvent, memo } from 'react';
import { Avatar } from '../parts/Avatar.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Tick } from '../parts/Tick.tsx';
import { hashOf } from '../routing/route.ts';
import { type AccountId, type ConversationView, tickOf } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { noticeSentence } from '../thread/noticeSentence.ts';
import { unreadableSentence, words } from '../words.ts';
import type { MenuPress } from './useMenuPress.ts';

interface ConversationRowProps {
  conversation: ConversationView;
  title: string;
  open: boolean;
  onKeyDown: (event: KeyboardEvent) => void;
  press: MenuPress;
}

const shownUnreadLimit = 99;

export const ConversationRow = memo(function ConversationRow(props: ConversationRowProps) {
  const { conversation, title, open, onKeyDown, press } = props;
  const { conversationId, lastMessage, unreadCount } = conversation;
  const muted = conversation.mutedUntilMs !== null;
  const tick =
    lastMessage?.mine === true && lastMessage.body.kind === 'text' && conversation.draft === ''
      ? tickOf(lastMessage, conversation)
      : null;
  return (
    <a
      className="list-row"
      href={hashOf({ kind: 'conversation', conversationId, details: false })}
      aria-current={open ? 'page' : undefined}
      data-unread={unreadCount > 0 && !muted}
      onKeyDown={onKeyDown}
      {...press}
    >
      <Avatar account={conversation.peer} online={conversation.online} />
      <span className="list-rowBody">
        <span className="list-rowTop">
          <span className="list-name">{title}</span>
          {muted && <State icon="mute" name={words.list.muted} />}
          {conversation.pinnedAtMs !== null && <State icon="pin" name={words.list.pinned} />}
          {conversation.online && <span className="hiddenText">{words.list.online}</span>}
          <time className="list-time" dateTime={new Date(conversation.lastActivityMs).toISOString()}>
            {words.time.short(conversation.lastActivityMs, Date.now())}
          </time>
        </span>
        <span className="list-rowBottom">
          {tick !== null && <Tick kind={tick} />}
          <Snippet conversation={conversation} />
          {unreadCount > 0 && (
            <span className="badge" data-quiet={muted}>
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

/** A small mark beside the name, and its word for who does not see it. */
function State({ icon, name }: { icon: 'mute' | 'pin'; name: string }) {
  return (
    <span className="list-state">
      <Icon name={icon} />
      <span className="hiddenText">{name}</span>
    </span>
  );
}

function Snippet({ conversation }: { conversation: ConversationView }) {
  const { lastMessage, draft, typing, newIdentity } = conversation;
  const own = useOwnAccountId();
  if (typing) {
    return (
      <span className="list-snippet" data-tone="accent">
        {words.list.typing}
      </span>
    );
  }
  if (newIdentity !== null) {
    return (
      <span className="list-snippet" data-tone={newIdentity.accepted ? undefined : 'accent'}>
        {newIdentity.accepted ? words.newIdentity.listedAccepted : words.newIdentity.listed}
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
  // Nothing is known yet: on a new device the newest messages are still on their way.
  if (message === null) return '\u00a0';
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
