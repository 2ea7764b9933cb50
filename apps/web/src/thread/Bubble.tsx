import { CallLine } from '../calls/CallLine.tsx';
import type { MenuPress } from '../conversations/useMenuPress.ts';
import { TimerRing } from '../disappearing/TimerRing.tsx';
import { loneEmojiCount } from '../emoji/loneEmoji.ts';
import { GroupCallLine } from '../groupCalls/GroupCallLine.tsx';
import { MediaSlot } from '../media/MediaSlot.tsx';
import { toneOf } from '../parts/Avatar.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Tick } from '../parts/Tick.tsx';
import { type ConversationView, type MessageView, tickOf } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { StyledText } from '../text/StyledText.tsx';
import { unreadableSentence, words } from '../words.ts';
import { LinkPreview } from './LinkPreview.tsx';
import { rightsOver } from './messageRights.ts';
import { QuotedMessage } from './QuotedMessage.tsx';
import { ReactionBar } from './ReactionBar.tsx';
import { useThreadActions } from './ThreadActions.ts';

interface BubbleProps {
  message: MessageView;
  conversation: ConversationView;
  startsGroup: boolean;
  press: MenuPress;
}

/** A message: what it answers, what it brings, its text, and how it fares. */
export function Bubble({ message, conversation, startsGroup, press }: BubbleProps) {
  const sotto = useSotto();
  const own = useOwnAccountId();
  const { showSent } = useThreadActions();
  const { conversationId, messageId, body, mine, sender } = message;
  // What became of a call is known to all.
  const isCall = body.kind === 'call' || body.kind === 'groupCall';
  const tick = mine && !isCall ? tickOf(message, conversation) : null;
  const named = conversation.kind === 'group' && !mine && startsGroup;
  const isText = body.kind === 'text';
  const emojiCount =
    isText && body.attachments.length === 0 && body.replyTo === null && body.preview === null
      ? loneEmojiCount(body.text)
      : 0;
  // It goes to the end of the thread.
  const retry = (): void => {
    sotto.retryMessage(conversationId, messageId).then(
      () => showSent(messageId),
      () => undefined,
    );
  };
  const isBare = emojiCount > 0 || (isText && body.sticker !== null);
  return (
    <>
      <div
        className="bubble"
        id={`message-${messageId}`}
        data-kind={body.kind}
        data-tick={tick ?? undefined}
        data-bare={isBare || undefined}
        data-disappears={message.timer !== null || undefined}
        {...press}
      >
        {named ? (
          <bdi className="bubble-sender" data-tone={toneOf(sender.accountId)}>
            {sender.username}
          </bdi>
        ) : (
          <span className="hiddenText">{mine ? words.common.you : sender.username}: </span>
        )}
        {isText && (
          <>
            {body.forwarded && (
              <span className="bubble-forwarded">
                <Icon name="forward" />
                {words.messaging.forward.mark}
              </span>
            )}
            {body.replyTo !== null && <QuotedMessage reply={body.replyTo} own={own} />}
            {body.preview !== null && <LinkPreview preview={body.preview} />}
            <MediaSlot message={message} />
          </>
        )}
        <div className="bubble-words">
          {body.kind === 'call' && <CallLine call={body.call} conversation={conversation} />}
          {body.kind === 'groupCall' && <GroupCallLine call={body.call} conversation={conversation} />}
          {(body.kind === 'deleted' || body.kind === 'unreadable') && <Unreadable body={body} own={own} />}
          {isText && emojiCount > 0 && (
            <span className="bubble-emoji emoji" data-count={emojiCount}>
              {body.text}
            </span>
          )}
          {isText && emojiCount === 0 && body.text !== '' && (
            <div className="bubble-text" dir="auto">
              <StyledText text={body.text} mentions={body.mentions} own={own} />
            </div>
          )}
          <Meta message={message} tick={tick} />
        </div>
      </div>
      {message.reactions.length > 0 && (
        <ReactionBar message={message} enabled={rightsOver(message, conversation).react} />
      )}
      {tick === 'failed' && (
        <p className="bubble-failed">
          {words.thread.failed}
          <button type="button" onClick={retry}>
            {words.thread.retry}
          </button>
          <button type="button" onClick={() => sotto.discardMessage(conversationId, messageId)}>
            {words.thread.discard}
          </button>
        </p>
      )}
    </>
  );
}

function Meta({ message, tick }: { message: MessageView; tick: ReturnType<typeof tickOf> | null }) {
  const actions = useThreadActions();
  const { messaging } = words;
  const { body } = message;
  return (
    <span className="bubble-meta">
      {message.pinned && <Mark icon="pin" name={messaging.pins.mark} />}
      {message.starred && <Mark icon="star" name={messaging.stars.mark} />}
      {body.kind === 'text' && body.silent && <Mark icon="soundOff" name={messaging.composer.silentMark} />}
      {message.editedAtMs !== null && body.kind === 'text' && (
        <button
          type="button"
          className="bubble-edited"
          title={messaging.edit.showVersions}
          onClick={() => actions.show({ kind: 'versions', message })}
        >
          {messaging.edit.edited}
        </button>
      )}
      {message.timer !== null && <TimerRing timer={message.timer} mine={message.mine} />}
      <time dateTime={new Date(message.sentAtMs).toISOString()} title={words.time.moment(message.sentAtMs)}>
        {words.time.clock(message.sentAtMs)}
      </time>
      {tick !== null && <Tick kind={tick} />}
    </span>
  );
}

function Mark({ icon, name }: { icon: 'pin' | 'star' | 'soundOff'; name: string }) {
  return (
    <span className="bubble-mark" title={name}>
      <Icon name={icon} />
      <span className="hiddenText">{name}</span>
    </span>
  );
}

function Unreadable({
  body,
  own,
}: {
  body: Extract<MessageView['body'], { kind: 'deleted' | 'unreadable' }>;
  own: ReturnType<typeof useOwnAccountId>;
}) {
  if (body.kind === 'deleted') {
    const { bySelf, byOther } = words.messaging.delete;
    return (
      <span className="bubble-text">{body.by.accountId === own ? bySelf : byOther(body.by.username)}</span>
    );
  }
  return (
    <span className="bubble-text">
      <strong>{words.thread.unreadableTitle}</strong> {unreadableSentence(body.reason)}
    </span>
  );
}
