import { memo, useCallback, useMemo, useState } from 'react';
import { type MenuPress, useMenuPress } from '../conversations/useMenuPress.ts';
import { Avatar } from '../parts/Avatar.tsx';
import type { ConversationView, MessageView } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { words } from '../words.ts';
import { Bubble } from './Bubble.tsx';
import { MessageToolbar } from './MessageToolbar.tsx';
import { noticeSentence } from './noticeSentence.ts';
import type { RowShape } from './rowShape.ts';
import { type Point, useThreadActions } from './ThreadActions.ts';

interface MessageRowProps extends RowShape {
  message: MessageView;
  conversation: ConversationView;
  /** How many were not read when the thread was opened. */
  unreadCount: number;
  /** Null: nothing is being selected. */
  selected: boolean | null;
  /** Start of today, so that "Today" becomes "Yesterday" at midnight. */
  nowMs: number;
}

/** One entry of the thread with what stands above it. */
export const MessageRow = memo(
  function MessageRow(props: MessageRowProps) {
    const { message, newDay, firstUnread, unreadCount, nowMs } = props;
    const own = useOwnAccountId();
    const actions = useThreadActions();
    return (
      <>
        {newDay && (
          <h2 className="daySeparator">
            <button
              type="button"
              title={words.messaging.jump.date}
              onClick={() => actions.show({ kind: 'date' })}
            >
              {words.time.day(message.sentAtMs, nowMs)}
            </button>
          </h2>
        )}
        {firstUnread && (
          <p className="unreadDivider">
            <span>{unreadCount > 0 ? words.messaging.jump.unread(unreadCount) : words.thread.unread}</span>
          </p>
        )}
        {message.body.kind === 'notice' ? (
          <p className="notice" id={`message-${message.messageId}`}>
            {noticeSentence(message.body.notice, own)}
          </p>
        ) : (
          <Line {...props} />
        )}
      </>
    );
  },
  (before, after) =>
    before.message === after.message &&
    before.selected === after.selected &&
    before.newDay === after.newDay &&
    before.firstUnread === after.firstUnread &&
    before.startsGroup === after.startsGroup &&
    before.endsGroup === after.endsGroup &&
    before.nowMs === after.nowMs &&
    isSameFor(before, after),
);

/** Of the conversation a row shows ticks, and what may be done. */
function isSameFor(a: MessageRowProps, b: MessageRowProps): boolean {
  const one = a.conversation;
  const other = b.conversation;
  return (
    (!a.message.mine || (one.deliveredOrder === other.deliveredOrder && one.readOrder === other.readOrder)) &&
    one.ended === other.ended &&
    one.newIdentity === other.newIdentity &&
    one.may.send === other.may.send &&
    one.may.pin === other.may.pin &&
    one.may.deleteMessages === other.may.deleteMessages
  );
}

function Line(props: MessageRowProps) {
  const { message, conversation, startsGroup, endsGroup, selected } = props;
  const actions = useThreadActions();
  const { mine, sender } = message;
  const inGroup = conversation.kind === 'group' && !mine;
  const [near, setNear] = useState(false);
  const openMenu = useCallback((at: Point) => actions.openMenu(message, at), [actions, message]);
  const menuPress = useMenuPress(openMenu);
  const press = useMemo(
    (): MenuPress => ({
      ...menuPress,
      onContextMenu: (event) => isForBrowser(event.target) || menuPress.onContextMenu?.(event),
    }),
    [menuPress],
  );
  const name = mine ? words.common.you : sender.username;
  return (
    <div
      className="bubbleLine"
      data-mine={mine}
      data-starts={startsGroup}
      data-ends={endsGroup}
      data-group={inGroup}
      onPointerEnter={(event) => event.pointerType === 'mouse' && setNear(true)}
      onPointerLeave={() => setNear(false)}
    >
      {inGroup && endsGroup && <Avatar account={sender} size="small" />}
      {/* While messages are selected, what is in them cannot be pressed. */}
      <div className="bubbleLine-body" inert={selected !== null}>
        <Bubble {...props} press={press} />
        {near && selected === null && (
          <MessageToolbar message={message} conversation={conversation} name={name} />
        )}
      </div>
      {selected !== null && (
        <input
          type="checkbox"
          className="bubbleLine-check"
          checked={selected}
          aria-label={words.messaging.select.row(name, words.time.clock(message.sentAtMs))}
          onChange={() => actions.select(message)}
        />
      )}
    </div>
  );
}

/** A link, or text that is selected: the browser's own menu is wanted. */
function isForBrowser(target: EventTarget): boolean {
  if (window.matchMedia('(pointer: coarse)').matches) return false;
  return (target as Element).closest('a') !== null || window.getSelection()?.isCollapsed === false;
}
