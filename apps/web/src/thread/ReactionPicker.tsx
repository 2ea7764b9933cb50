import { EmojiPopup } from '../emoji/EmojiPopup.tsx';
import type { MessageView } from '../sotto.ts';
import { type Point, useThreadActions } from './ThreadActions.ts';

interface ReactionPickerProps {
  message: MessageView;
  at: Point;
  onClose: () => void;
}

/** All emoji, to react with one. A default export, as it is loaded when it is first opened. */
export default function ReactionPicker({ message, at, onClose }: ReactionPickerProps) {
  const actions = useThreadActions();
  return (
    <EmojiPopup
      at={at}
      onChoose={(emoji) => {
        actions.react(message, emoji);
        onClose();
      }}
      onClose={onClose}
    />
  );
}
