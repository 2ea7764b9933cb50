import type { MessageView, SentStickerView } from '../../sotto.ts';
import { stickerIndex } from '../../sotto.ts';
import { TransferControls } from '../bubble/TransferControls.tsx';
import { mediaSentences } from '../mediaSentences.ts';
import { openOverlay } from '../stage.ts';
import { builtInAddress } from './builtIn.ts';
import { StickerImage } from './StickerImage.tsx';
import { useSentPicture } from './sentPicture.ts';

interface SentStickerProps {
  sticker: SentStickerView;
  message: Pick<MessageView, 'conversationId' | 'messageId' | 'mine' | 'timer'>;
}

const say = mediaSentences.stickers;

/** The sticker of a message. Its picture came with the message; its pack is fetched only where somebody asks to see it. */
export function SentSticker({ sticker, message }: SentStickerProps) {
  const { conversationId, messageId, mine, timer } = message;
  const { picture, pack } = sticker;
  const attachment = { conversationId, messageId, index: stickerIndex };
  const image = useSentPicture(attachment, picture, timer === null);
  const shown = <StickerImage sticker={{ ...sticker, image }} />;
  if (builtInAddress(sticker) !== null || picture === null) return shown;
  return (
    <div className="sentSticker">
      <button
        type="button"
        aria-label={`${say.sticker(sticker.emoji)}. ${say.open}`}
        title={say.open}
        onClick={() => openOverlay({ kind: 'stickerPack', link: pack })}
      >
        {shown}
      </button>
      <TransferControls view={picture} attachment={attachment} mine={mine} />
    </div>
  );
}
