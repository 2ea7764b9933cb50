/** The set of stickers that comes with the app: drawings of its own, in `public/stickers/harbour`. */
import type { StickerView } from '../../sotto.ts';

const builtInPack = 'harbour';

export const builtInStickers: readonly StickerView[] = (
  [
    ['hello', '👋'],
    ['heart', '❤️'],
    ['thumb', '👍'],
    ['laugh', '😂'],
    ['tear', '😢'],
    ['wow', '😮'],
    ['sleep', '😴'],
    ['party', '🎉'],
    ['coffee', '☕'],
    ['boat', '⛵'],
    ['question', '❓'],
    ['thanks', '🙏'],
  ] as const
).map(([sticker, emoji]) => ({ pack: builtInPack, sticker, emoji, image: new Uint8Array() }));

/** Null where it is none of the set: its name then says nothing. */
export function builtInAddress({ pack, sticker }: Pick<StickerView, 'pack' | 'sticker'>): string | null {
  const isKnown = pack === builtInPack && builtInStickers.some((known) => known.sticker === sticker);
  return isKnown ? `/stickers/${builtInPack}/${sticker}.svg` : null;
}
