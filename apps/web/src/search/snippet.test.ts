import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snippet } from './snippet.ts';

const marked = (text: string, ranges: { start: number; end: number }[]): string =>
  snippet(text, ranges)
    .map((part) => (part.found ? `[${part.text}]` : part.text))
    .join('');

describe('a snippet', () => {
  it('marks what was found, on one line', () => {
    expect(marked('the tide\n is high', [{ start: 4, end: 8 }])).toBe('the [tide] is high');
    expect(
      marked('aa', [
        { start: 0, end: 1 },
        { start: 1, end: 2 },
      ]),
    ).toBe('[a][a]');
    expect(marked('nothing', [])).toBe('nothing');
  });
  it('begins near what was found, at a word', () => {
    const text = `${'word '.repeat(50)}needle ${'more '.repeat(50)}`;
    const start = text.indexOf('needle');
    expect(marked(text, [{ start, end: start + 6 }])).toMatch(/^…word (word )*\[needle\] (more )*/);
    expect(marked(text, [{ start, end: start + 6 }]).length).toBeLessThan(180);
  });
  it('keeps hidden what the text hides, and does not say that it was found there', () => {
    const text = 'The end: ||the gardener|| did it, the end';
    const at = (word: string) => ({ start: text.indexOf(word), end: text.indexOf(word) + word.length });
    const parts = snippet(text, [at('end'), at('gardener')]);
    expect(parts.map((part) => part.text).join('')).toBe('The end: ||▒▒▒▒▒▒▒▒▒▒▒▒|| did it, the end');
    expect(parts.filter(({ found }) => found).map((part) => part.text)).toEqual(['end']);
    expect(snippet('||a\nb||', [{ start: 2, end: 3 }]).map((part) => part.text)).toEqual(['||▒▒▒||']);
  });

  it('is part of the text whatever the ranges', () => {
    const range = fc.record({ start: fc.nat(300), end: fc.nat(300) });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.array(range), (text, ranges) => {
        const parts = snippet(text, ranges);
        expect(
          parts
            .map((part) => part.text)
            .join('')
            .isWellFormed() || !text.isWellFormed(),
        ).toBe(true);
        expect(new Set(parts.map((part) => part.place)).size).toBe(parts.length);
      }),
    );
  });
});
