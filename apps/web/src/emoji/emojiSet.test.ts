import { describe, expect, it } from 'vitest';
import { makeEmojiTable } from '../../build/emojiTable.ts';
import { readEmojiTable, searchEmoji, withTone } from './emojiSet.ts';
import { loneEmojiCount } from './loneEmoji.ts';

const set = readEmojiTable(makeEmojiTable());
const find = (text: string): string[] => searchEmoji(set, text, 5).map(({ emoji }) => emoji);

describe('emoji', () => {
  it('are found by short name, by words of the name, and by other words', () => {
    expect(find('wave')[0]).toBe('👋');
    expect(find('thumbs up')[0]).toBe('👍');
    expect(find('lol')).toContain('😂');
    expect(find(':tada')[0]).toBe('🎉');
    expect(find('')).toEqual([]);
    expect(find('zzzzqq')).toEqual([]);
    expect(find('\\(.*')).toEqual([]);
  });

  it('are found within 100 ms', () => {
    const startMs = performance.now();
    for (const text of ['a', 'sm', 'red heart', 'e']) searchEmoji(set, text, 200);
    expect((performance.now() - startMs) / 4).toBeLessThan(100);
  });

  it('come in nine groups, in skin tones where there are any', () => {
    expect(set.groups.length).toBe(9);
    expect(set.all.length).toBeGreaterThan(1800);
    const [wave] = searchEmoji(set, 'wave', 1);
    expect([0, 1, 5].map((tone) => withTone(wave!, tone))).toEqual(['👋', '👋🏻', '👋🏿']);
    for (const entry of set.all) expect(withTone(entry, 3)).toMatch(/^\p{RGI_Emoji}$/v);
  });

  it('are large where there are one to three and nothing else', () => {
    expect(['👍', '👍 👋🏽', '👨‍👩‍👧‍👦❤️🇸🇪'].map(loneEmojiCount)).toEqual([1, 2, 3]);
    expect(['', 'a', '👍a', '👍👍👍👍', '1', '©', 'x'.repeat(5000)].map(loneEmojiCount)).toEqual([
      0, 0, 0, 0, 0, 0, 0,
    ]);
  });
});
