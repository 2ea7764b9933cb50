import { type KeyboardEvent, memo } from 'react';
import { CallIcon } from '../calls/CallIcon.tsx';
import { callSentence } from '../calls/callSentence.ts';
import { useShownMessage } from '../disappearing/usePresence.ts';
import { groupCallSentence } from '../groupCalls/groupCallSentence.ts';
import { useOpenGroupCall } from '../groupCalls/OpenGroupCalls.tsx';
import { ConversationAvatar } from '../parts/ConversationAvatar.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Tick } from '../parts/Tick.tsx';
import { hashOf } from '../routing/route.ts';
import { type AccountId, type ConversationView, type MessageBodyView, tickOf } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { plainLine } from '../text/plainLine.ts';
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
  const { conversationId, unreadCount, unreadMentions, markedUnread, joinRequestCount } = conversation;
  const lastMessage = useShownMessage(conversation.lastMessage);
  const openCall = useOpenGroupCall(conversationId);
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
      data-unread={(unreadCount > 0 || markedUnread) && !muted}
      onKeyDown={onKeyDown}
      {...press}
    >
      <ConversationAvatar conversation={conversation} online={conversation.online} />
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
          <Snippet conversation={conversation} message={lastMessage} />
          {openCall !== null && (
            <span className="list-call">
              <CallIcon name={openCall.hasVideo ? 'video' : 'phone'} />
              <span aria-hidden="true">{openCall.people.length}</span>
              <span className="hiddenText">{words.calls.group.listed(openCall.people.length)}</span>
            </span>
          )}
          {joinRequestCount > 0 && (
            <span className="list-requests">
              <Icon name="invite" />
              <span aria-hidden="true">{joinRequestCount}</span>
              <span className="hiddenText">{words.groups.requests.count(joinRequestCount)}</span>
            </span>
          )}
          {unreadMentions > 0 && (
            <span className="list-mention">
              <span aria-hidden="true">@</span>
              <span className="hiddenText">{words.groups.mentioned(unreadMentions)}</span>
            </span>
          )}
          {unreadCount === 0 && markedUnread && (
            <span className="list-markedUnread">
              <span className="hiddenText">{words.groups.markedUnread}</span>
            </span>
          )}
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

function Snippet({
  conversation,
  message,
}: {
  conversation: ConversationView;
  message: ConversationView['lastMessage'];
}) {
  const { draft, typing, typingBy, newIdentity } = conversation;
  const own = useOwnAccountId();
  if (typing) {
    return (
      <span className="list-snippet" data-tone="accent">
        {typingBy.length > 0
          ? words.groups.typingShort(typingBy.map(({ username }) => username))
          : words.list.typing}
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
  return (
    <span className="list-snippet" data-disappears={message?.timer != null || undefined}>
      {snippetOf(conversation.kind, message, own)}
    </span>
  );
}

function snippetOf(
  kind: ConversationView['kind'],
  message: ConversationView['lastMessage'],
  own: AccountId | null,
): string {
  const said = contentOf(message, own);
  // Lines of calls say by themselves whose they are.
  const isOfSotto = message?.body.kind === 'notice' || message?.body.kind === 'groupCall';
  if (kind === 'direct' || message === null || isOfSotto) return said;
  return words.groups.said(message.mine ? words.common.you : message.sender.username, said);
}

function contentOf(message: ConversationView['lastMessage'], own: AccountId | null): string {
  // Nothing is known yet: on a new device the newest messages are still on their way.
  if (message === null) return '\u00a0';
  switch (message.body.kind) {
    case 'text':
      return contentOfText(message.body);
    case 'call':
      return callSentence(message.body.call);
    case 'groupCall':
      return groupCallSentence(message.body.call, own);
    case 'deleted':
      return words.thread.deleted;
    case 'unreadable':
      return unreadableSentence(message.body.reason);
    case 'notice': {
      const { notice } = message.body;
      return notice.kind === 'conversationStarted' ? words.list.nothingSaid : noticeSentence(notice, own);
    }
  }
}

function contentOfText({ text, attachments, sticker }: Extract<MessageBodyView, { kind: 'text' }>): string {
  if (sticker !== null) return words.media.stickerSummary(sticker.emoji);
  const summary = words.media.summary(attachments);
  return [summary, plainLine(text).slice(0, 160)].filter((part) => part !== '').join(': ');
}
