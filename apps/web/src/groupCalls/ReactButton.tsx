import { Popover } from 'radix-ui';
import { useState } from 'react';
import { Icon } from '../parts/Icon.tsx';
import { groupCallWords } from '../wordsGroupCalls.ts';

const emojis = ['👍', '👏', '❤️', '😂', '😮', '🎉'];
const say = groupCallWords.page;

/** A few emoji that everybody sees for a moment; the choice stays open, so that one can be sent after another. */
export function ReactButton({ disabled, onReact }: { disabled: boolean; onReact: (emoji: string) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        className="iconButton callRound"
        aria-label={say.react}
        title={say.react}
        disabled={disabled}
      >
        <Icon name="smile" />
      </Popover.Trigger>
      <Popover.Content
        className="groupReact"
        side="top"
        sideOffset={12}
        collisionPadding={8}
        aria-label={say.react}
      >
        {emojis.map((emoji) => (
          <button key={emoji} type="button" aria-label={say.reaction(emoji)} onClick={() => onReact(emoji)}>
            <span className="emoji" aria-hidden="true">
              {emoji}
            </span>
          </button>
        ))}
      </Popover.Content>
    </Popover.Root>
  );
}
