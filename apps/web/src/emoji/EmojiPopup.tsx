import { Dialog as Radix, Tabs } from 'radix-ui';
import { type CSSProperties, type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { words } from '../words.ts';
import './emoji.css';
import { EmojiPicker } from './EmojiPicker.tsx';

interface EmojiPopupProps {
  /** Where it is wanted, in the window: its corner goes there as far as there is room. */
  at: { readonly x: number; readonly y: number };
  onChoose: (emoji: string) => void;
  onClose: () => void;
  /** Beside the emoji, where something else than an emoji can be sent. */
  stickers?: ReactNode;
}

const margin = 8;

/** The picker beside what it was opened from; on a phone from below. */
export function EmojiPopup({ at, onChoose, onClose, stickers }: EmojiPopupProps) {
  const content = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: at.x, top: at.y });
  useLayoutEffect(() => {
    const { width, height } = content.current?.getBoundingClientRect() ?? { width: 0, height: 0 };
    setPlace({
      left: Math.max(margin, Math.min(at.x, window.innerWidth - width - margin)),
      top: Math.max(margin, Math.min(at.y + 4, window.innerHeight - height - margin)),
    });
  }, [at.x, at.y]);
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <div className="emojiPopup-behind" />
        <Radix.Content
          className="emojiPopup"
          ref={content}
          style={{ '--left': `${place.left}px`, '--top': `${place.top}px` } as CSSProperties}
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            // On a touch screen the field would bring up the keyboard over the emoji.
            const touch = window.matchMedia('(pointer: coarse)').matches;
            (touch ? content.current : content.current?.querySelector('input'))?.focus();
          }}
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          <Radix.Title className="hiddenText">{words.messaging.emoji.title}</Radix.Title>
          {stickers === undefined ? (
            <EmojiPicker onChoose={onChoose} />
          ) : (
            <Tabs.Root defaultValue="emoji">
              <Tabs.Content value="emoji" tabIndex={-1}>
                <EmojiPicker onChoose={onChoose} />
              </Tabs.Content>
              <Tabs.Content value="stickers" tabIndex={-1} className="emojiPopup-stickers">
                {stickers}
              </Tabs.Content>
              <Tabs.List className="themes emojiPopup-tabs" aria-label={words.messaging.emoji.title}>
                <Tabs.Trigger value="emoji">{words.media.emojiTab}</Tabs.Trigger>
                <Tabs.Trigger value="stickers">{words.media.packTitle}</Tabs.Trigger>
              </Tabs.List>
            </Tabs.Root>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
