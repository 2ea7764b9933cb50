import type { MouseEvent } from 'react';
import { IconButton } from '../parts/IconButton.tsx';
import type { ConversationView, MessageView } from '../sotto.ts';
import { words } from '../words.ts';
import { rightsOver } from './messageRights.ts';
import { type Point, useThreadActions } from './ThreadActions.ts';

interface MessageToolbarProps {
  message: MessageView;
  conversation: ConversationView;
  name: string;
}

/** Beside a message that the mouse is over: a reaction, an answer, and the menu. */
export function MessageToolbar({ message, conversation, name }: MessageToolbarProps) {
  const actions = useThreadActions();
  const text = words.messaging.actions;
  const rights = rightsOver(message, conversation);
  return (
    <div className="messageBar" role="toolbar" aria-label={text.bar}>
      {rights.react && (
        <IconButton
          icon="smile"
          label={text.react}
          onClick={(event) => actions.openReactionPicker(message, below(event))}
        />
      )}
      {rights.reply && <IconButton icon="reply" label={text.reply} onClick={() => actions.reply(message)} />}
      <IconButton
        icon="more"
        label={text.menu(name)}
        aria-haspopup="menu"
        onClick={(event) => actions.openMenu(message, below(event))}
      />
    </div>
  );
}

function below(event: MouseEvent): Point {
  const { left, bottom } = event.currentTarget.getBoundingClientRect();
  return { x: left, y: bottom, byKeyboard: event.detail === 0 };
}
