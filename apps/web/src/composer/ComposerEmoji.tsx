import { lazy, Suspense } from 'react';
import { EmojiPopup } from '../emoji/EmojiPopup.tsx';
import type { ConversationId, TransactionId } from '../sotto.ts';

const StickerPanel = lazy(() => import('../media/stickers/StickerPanel.tsx'));

interface ComposerEmojiProps {
  conversationId: ConversationId;
  replyTo: TransactionId | null;
  onChoose: (emoji: string) => void;
  /** Of a sticker: it went as a message of its own. */
  onSent: () => void;
  onClose: () => void;
}

/** The picker above the composer's button. A default export, as it is loaded when it is first opened. */
export default function ComposerEmoji(props: ComposerEmojiProps) {
  const { conversationId, replyTo, onChoose, onSent, onClose } = props;
  const { right = 0, top = 0 } = document.querySelector('.composer-emoji')?.getBoundingClientRect() ?? {};
  return (
    <EmojiPopup
      at={{ x: right - 380, y: top - 490 }}
      onChoose={(emoji) => {
        onChoose(emoji);
        onClose();
      }}
      onClose={onClose}
      stickers={
        <Suspense>
          <StickerPanel
            conversationId={conversationId}
            replyTo={replyTo}
            onSent={() => {
              onSent();
              onClose();
            }}
          />
        </Suspense>
      }
    />
  );
}
