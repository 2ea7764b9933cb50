import { type EmojiSet, readEmojiTable } from './emojiSet.ts';

let loading: Promise<EmojiSet> | null = null;

/** The emoji, fetched once, when somebody first needs them. Rejects where they cannot be; the next call tries again. */
export function loadEmoji(): Promise<EmojiSet> {
  loading ??= import('virtual:emojiTable').then(({ default: table }) => readEmojiTable(table));
  loading.catch(() => {
    loading = null;
  });
  return loading;
}
