import { Avatar } from '../parts/Avatar.tsx';
import type { MessageView } from '../sotto.ts';
import { words } from '../words.ts';
import { messageLine } from './messageLine.ts';

interface MessageItemProps {
  message: MessageView;
  /** The conversation's title, where it is not clear from the place. */
  title?: string;
  onOpen: () => void;
}

/** A message in a list beside its thread: leads to it. */
export function MessageItem({ message, title, onOpen }: MessageItemProps) {
  const { sender, mine, sentAtMs } = message;
  const name = mine ? words.common.you : sender.username;
  return (
    <button type="button" className="messageItem" onClick={onOpen}>
      <Avatar account={sender} size="small" />
      <span className="messageItem-words">
        <span className="messageItem-top">
          <bdi className="messageItem-name">{title === undefined ? name : `${name} · ${title}`}</bdi>
          <time dateTime={new Date(sentAtMs).toISOString()} title={words.time.moment(sentAtMs)}>
            {words.time.short(sentAtMs, Date.now())}
          </time>
        </span>
        <span className="messageItem-text" dir="auto" data-disappears={message.timer !== null || undefined}>
          {messageLine(message)}
        </span>
      </span>
    </button>
  );
}
