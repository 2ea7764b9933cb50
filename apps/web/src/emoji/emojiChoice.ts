/** What this browser remembers of emoji: the skin tone, and those that were used lately. */
import { readStored, writeStored } from '../state/stored.ts';

const recentCount = 32;
/** Offered first to who has not used any. */
const firstReactions: readonly string[] = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

export function readTone(): number {
  const tone = Number(readStored('emojiTone') ?? 0);
  return Number.isInteger(tone) && tone >= 0 && tone <= 5 ? tone : 0;
}

export function writeTone(tone: number): void {
  writeStored('emojiTone', String(tone));
}

/** The latest first. */
export function readRecent(): readonly string[] {
  return (readStored('emojiRecent') ?? '').split(' ').filter((emoji) => emoji !== '' && emoji.length < 40);
}

export function noteUsed(emoji: string): void {
  const others = readRecent().filter((other) => other !== emoji);
  writeStored('emojiRecent', [emoji, ...others].slice(0, recentCount).join(' '));
}

/** What a message's bar offers: emoji that were used, then the usual ones. */
export function quickReactions(count: number): readonly string[] {
  return [...new Set([...readRecent().slice(0, 3), ...firstReactions])].slice(0, count);
}
