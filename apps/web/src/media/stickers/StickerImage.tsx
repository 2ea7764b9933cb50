import type { StickerView } from '../../sotto.ts';
import { mediaSentences as say } from '../mediaSentences.ts';
import { useThumbnail } from '../transfer/pictures.ts';
import { builtInAddress } from './builtIn.ts';
import './stickers.css';

/** A sticker: of the app's own set by name, else by its picture; where it has none that can be shown, its emoji. */
export function StickerImage({ sticker }: { sticker: StickerView }) {
  const own = builtInAddress(sticker);
  const picture = useThumbnail(sticker.image);
  const address = own ?? picture;
  const name = say.stickers.sticker(sticker.emoji);
  return address === null ? (
    <span className="sticker-emoji" role="img" aria-label={name}>
      {sticker.emoji}
    </span>
  ) : (
    <img className="sticker-image" src={address} alt={name} draggable={false} />
  );
}
