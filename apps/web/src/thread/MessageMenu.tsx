import { DropdownMenu } from 'radix-ui';
import type { KeyboardEvent } from 'react';
import { quickReactions } from '../emoji/emojiChoice.ts';
import { Icon, type IconName } from '../parts/Icon.tsx';
import { MenuItem, PointMenu } from '../parts/PointMenu.tsx';
import type { ConversationView, MessageView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { rightsOver } from './messageRights.ts';
import { type Point, useThreadActions } from './ThreadActions.ts';

interface MessageMenuProps {
  message: MessageView;
  conversation: ConversationView;
  at: Point;
  onClose: () => void;
  onFocusBack: () => void;
}

const quickCount = 6;

/** The reactions lie in a row: along it with the keys for that, and down past it. */
function moveInQuick(event: KeyboardEvent<HTMLElement>): void {
  const { currentTarget: item } = event;
  const towards: Partial<Record<string, Element | null | undefined>> = {
    ArrowRight: item.nextElementSibling,
    ArrowLeft: item.previousElementSibling,
    ArrowDown: item.closest('[role="menu"]')?.querySelector('.menu-item'),
  };
  const next = towards[event.key];
  if (!(next instanceof HTMLElement)) return;
  event.preventDefault();
  next.focus();
}

/** What can be done with a message. One for the whole thread: a row may leave the page while it is open. */
export function MessageMenu({ message, conversation, at, onClose, onFocusBack }: MessageMenuProps) {
  const sotto = useSotto();
  const actions = useThreadActions();
  const text = words.messaging.actions;
  const rights = rightsOver(message, conversation);
  const item = (icon: IconName, name: string, act: () => void, danger = false) => (
    <MenuItem icon={icon} danger={danger} onSelect={act}>
      {name}
    </MenuItem>
  );
  const given = new Set(message.reactions.filter(({ mine }) => mine).map(({ emoji }) => emoji));
  return (
    <PointMenu
      at={at}
      label={text.menu(message.mine ? words.common.you : message.sender.username)}
      className="messageMenu"
      onClose={onClose}
      onFocusBack={onFocusBack}
    >
      {rights.react && (
        <DropdownMenu.Group className="messageMenu-quick" aria-label={text.react}>
          {quickReactions(quickCount).map((emoji) => (
            <DropdownMenu.Item
              key={emoji}
              className="messageMenu-emoji emoji"
              data-given={given.has(emoji)}
              aria-label={text.reactWith(emoji)}
              onKeyDown={moveInQuick}
              onSelect={() => actions.react(message, emoji)}
            >
              {emoji}
            </DropdownMenu.Item>
          ))}
          <DropdownMenu.Item
            className="messageMenu-emoji"
            aria-label={text.moreReactions}
            onKeyDown={moveInQuick}
            onSelect={() => actions.openReactionPicker(message, at)}
          >
            <Icon name="plus" />
          </DropdownMenu.Item>
        </DropdownMenu.Group>
      )}
      {rights.reply && item('reply', text.reply, () => actions.reply(message))}
      {rights.edit && item('edit', text.edit, () => actions.edit(message))}
      {rights.copy && item('copy', text.copy, () => actions.copy([message]))}
      {rights.forward &&
        item('forward', text.forward, () => actions.show({ kind: 'forward', messages: [message] }))}
      {rights.pin &&
        item(message.pinned ? 'unpin' : 'pin', message.pinned ? text.unpin : text.pin, () =>
          actions.setPinned(message, !message.pinned),
        )}
      {rights.star &&
        item('star', message.starred ? text.unstar : text.star, () =>
          actions.setStarred(message, !message.starred),
        )}
      {rights.info && item('seen', text.info, () => actions.show({ kind: 'info', message }))}
      {message.reactions.length > 0 &&
        item('smile', words.messaging.reactions.who, () => actions.show({ kind: 'reactions', message }))}
      {rights.versions && item('history', text.versions, () => actions.show({ kind: 'versions', message }))}
      {rights.isSent && item('select', text.select, () => actions.select(message))}
      <DropdownMenu.Separator className="menu-line" />
      {rights.isSent
        ? item('trash', text.delete, () => actions.show({ kind: 'delete', messages: [message] }), true)
        : item(
            'trash',
            text.delete,
            () => void sotto.discardMessage(message.conversationId, message.messageId),
            true,
          )}
    </PointMenu>
  );
}
