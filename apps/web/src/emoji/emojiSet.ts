/** All emoji, as build/emojiTable.ts packs them, and search among them by name, short name and other words. */
export interface EmojiEntry {
  readonly emoji: string;
  readonly label: string;
  /** As in `:name:`. */
  readonly names: readonly string[];
  readonly words: readonly string[];
  readonly hasTones: boolean;
}
export interface EmojiSet {
  /** In the order of the picker's groups. */
  readonly groups: readonly (readonly EmojiEntry[])[];
  readonly all: readonly EmojiEntry[];
}

export function readEmojiTable(table: string): EmojiSet {
  const groups = table.split('\n\n').map((group) => group.split('\n').map(entryOf));
  return { groups, all: groups.flat() };
}

function entryOf(line: string): EmojiEntry {
  const [emoji = '', label = '', names = '', words = '', tones = ''] = line.split('\t');
  return {
    emoji,
    label,
    names: names.split(' '),
    words: words === '' ? [] : words.split(' '),
    hasTones: tones === '1',
  };
}

const notFound = 9;

/** The best first: whole short names, their beginnings, words of the name, other words, anything within. */
export function searchEmoji(set: EmojiSet, text: string, limit: number): readonly EmojiEntry[] {
  const parts = text
    .toLowerCase()
    .trim()
    .replaceAll(':', '')
    .split(/[\s_-]+/)
    .filter((part) => part !== '');
  if (parts.length === 0) return [];
  const joined = parts.join('_');
  const found: { readonly entry: EmojiEntry; readonly rank: number; readonly place: number }[] = [];
  for (const [place, entry] of set.all.entries()) {
    const rank = rankOf(entry, parts, joined);
    if (rank < notFound) found.push({ entry, rank, place });
  }
  found.sort((a, b) => a.rank - b.rank || a.place - b.place);
  return found.slice(0, limit).map(({ entry }) => entry);
}

function rankOf(entry: EmojiEntry, parts: readonly string[], joined: string): number {
  if (entry.names.includes(joined)) return 0;
  if (entry.names.some((name) => name.startsWith(joined))) return 1;
  let worst = 0;
  for (const part of parts) {
    const rank = rankOfPart(entry, part);
    if (rank === notFound) return notFound;
    worst = Math.max(worst, rank);
  }
  return worst;
}

function rankOfPart({ label, names, words }: EmojiEntry, part: string): number {
  if (label.startsWith(part) || label.includes(` ${part}`)) return 2;
  if (words.includes(part)) return 3;
  if (words.some((word) => word.startsWith(part))) return 4;
  if (names.some((name) => name.includes(part)) || label.includes(part)) return 5;
  return notFound;
}

const modifierBase = /\p{Emoji_Modifier_Base}\uFE0F?/gu;

/** An emoji in a skin tone; 0: as it is, 1 to 5: light to dark. */
export function withTone(entry: EmojiEntry, tone: number): string {
  if (!entry.hasTones || tone === 0) return entry.emoji;
  const modifier = String.fromCodePoint(0x1f3fa + tone);
  return entry.emoji.replace(modifierBase, (base) => base.replace('\uFE0F', '') + modifier);
}
