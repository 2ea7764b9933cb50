import { memo } from 'react';
import { Tick } from '../parts/Tick.tsx';
import { type ConversationView, type MessageView, tickOf } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { unreadableSentence, words } from '../words.ts';
import { linkParts } from './linkParts.ts';
import { noticeSentence } from './noticeSentence.ts';
import type { RowShape } from './rowShape.ts';

interface MessageRowProps extends RowShape {
  message: MessageView;
  deliveredOrder: ConversationView['deliveredOrder'];
  readOrder: ConversationView['readOrder'];
  /** Start of today, so that "Today" becomes "Yesterday" at midnight. */
  nowMs: number;
}

/** One entry of the thread with what stands above it. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, newDay, firstUnread, nowMs } = props;
  const own = useOwnAccountId();
  return (
    <>
      {newDay && (
        <h2 className="daySeparator">
          <span>{words.time.day(message.sentAtMs, nowMs)}</span>
        </h2>
      )}
      {firstUnread && (
        <p className="unreadDivider">
          <span>{words.thread.unread}</span>
        </p>
      )}
      {message.body.kind === 'notice' ? (
        <p className="notice">{noticeSentence(message.body.notice, own)}</p>
      ) : (
        <Bubble {...props} />
      )}
    </>
  );
});

function Bubble({ message, startsGroup, endsGroup, deliveredOrder, readOrder }: MessageRowProps) {
  const sotto = useSotto();
  const tick = message.mine ? tickOf(message, { deliveredOrder, readOrder }) : null;
  const { conversationId, messageId, body } = message;
  return (
    <div className="bubbleLine" data-mine={message.mine} data-starts={startsGroup} data-ends={endsGroup}>
      <div className="bubble" data-kind={body.kind} data-tick={tick ?? undefined}>
        <span className="hiddenText">{message.mine ? words.common.you : message.sender.username}: </span>
        {body.kind === 'text' ? <MessageText text={body.text} /> : <Unreadable body={body} />}
        <span className="bubble-meta">
          <time
            dateTime={new Date(message.sentAtMs).toISOString()}
            title={words.time.moment(message.sentAtMs)}
          >
            {words.time.clock(message.sentAtMs)}
          </time>
          {tick !== null && <Tick kind={tick} />}
        </span>
      </div>
      {tick === 'failed' && (
        <p className="bubble-failed">
          {words.thread.failed}
          <button type="button" onClick={() => sotto.retryMessage(conversationId, messageId)}>
            {words.thread.retry}
          </button>
          <button type="button" onClick={() => sotto.discardMessage(conversationId, messageId)}>
            {words.thread.discard}
          </button>
        </p>
      )}
    </div>
  );
}

function MessageText({ text }: { text: string }) {
  return (
    <span className="bubble-text" dir="auto">
      {linkParts(text).map((part) =>
        part.address === null ? (
          part.text
        ) : (
          <a key={part.place} href={part.address} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        ),
      )}
    </span>
  );
}

function Unreadable({ body }: { body: Extract<MessageView['body'], { kind: 'unreadable' | 'notice' }> }) {
  if (body.kind === 'notice') return null;
  return (
    <span className="bubble-text">
      <strong>{words.thread.unreadableTitle}</strong> {unreadableSentence(body.reason)}
    </span>
  );
}
