import type { Virtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type RefObject, useCallback } from 'react';
import type { ConversationView, MessageView } from '../sotto.ts';
import { rightsOver } from './messageRights.ts';
import { useThreadActions } from './ThreadActions.ts';

/**
 * The keys of a thread. Arrows go from message to message; on one of them Enter opens its menu, and a letter does
 * what the menu says. Only while a message itself has the focus, so that no letter is caught that was meant as text.
 */
export function useRowKeys(
  scroller: RefObject<HTMLElement | null>,
  virtualizer: Virtualizer<HTMLElement, Element>,
  messages: readonly MessageView[],
  conversation: ConversationView,
): (event: KeyboardEvent<HTMLElement>) => void {
  const actions = useThreadActions();
  const focusIndex = useCallback(
    (index: number) => {
      const message = messages[index];
      if (message === undefined) return;
      virtualizer.scrollToIndex(index, { align: 'auto' });
      let tries = 30;
      const look = (): void => {
        const row = scroller.current?.querySelector<HTMLElement>(`[data-message="${message.messageId}"]`);
        row?.focus({ preventScroll: true });
        tries -= 1;
        if (row !== document.activeElement && tries > 0) requestAnimationFrame(look);
      };
      look();
    },
    [scroller, virtualizer, messages],
  );

  return (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const row = target.dataset.message;
    if (row === undefined && target !== scroller.current) return;
    const index = row === undefined ? -1 : messages.findIndex(({ messageId }) => messageId === row);
    const lastVisible = Math.min(virtualizer.range?.endIndex ?? 0, messages.length - 1);
    const to = {
      ArrowUp: index < 0 ? lastVisible : index - 1,
      ArrowDown: index < 0 ? lastVisible : index + 1,
      Home: 0,
      End: messages.length - 1,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      focusIndex(Math.max(0, to));
      return;
    }
    const message = messages[index];
    if (message === undefined || message.body.kind === 'notice') return;
    const rights = rightsOver(message, conversation);
    const { left, top } = target.querySelector('.bubble')?.getBoundingClientRect() ?? { left: 0, top: 0 };
    const at = { x: left + 24, y: top + 24, byKeyboard: true };
    const act = (): boolean => {
      switch (event.key) {
        case 'Enter':
        case 'ContextMenu':
          actions.openMenu(message, at);
          return true;
        case 'F10':
          if (event.shiftKey) actions.openMenu(message, at);
          return event.shiftKey;
        case 'r':
          if (rights.reply) actions.reply(message);
          return rights.reply;
        case 'e':
          if (rights.edit) actions.edit(message);
          return rights.edit;
        case 'c':
          if (rights.copy) actions.copy([message]);
          return rights.copy;
        case 'f':
          if (rights.forward) actions.show({ kind: 'forward', messages: [message] });
          return rights.forward;
        case 's':
          if (rights.star) actions.setStarred(message, !message.starred);
          return rights.star;
        case 'p':
          if (rights.pin) actions.setPinned(message, !message.pinned);
          return rights.pin;
        case '+':
          if (rights.react) actions.openReactionPicker(message, at);
          return rights.react;
        case ' ':
        case 'x':
          if (rights.isSent) actions.select(message);
          return rights.isSent;
        case 'Delete':
        case 'Backspace':
          if (rights.isSent) actions.show({ kind: 'delete', messages: [message] });
          return rights.isSent;
        default:
          return false;
      }
    };
    if (act()) event.preventDefault();
  };
}
