import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foundRanges, matchExpression, parseSearch } from './searchQuery.ts';
import { searchTokens } from './searchTokens.ts';

const tokens = (text: string): string[] => searchTokens(text).map(({ token }) => token);
const expression = (text: string): string | null => matchExpression(parseSearch(text), 'text');
const found = (query: string, text: string): string[] =>
  foundRanges(parseSearch(query), text).map(({ start, end }) => text.slice(start, end));

describe('tokens', () => {
  it('are words without case and accents', () => {
    expect(tokens('Crème BRÛLÉE, straße Σίσυφος İstanbul')).toEqual([
      'creme',
      'brulee',
      'strasse',
      'σισυφοσ',
      'istanbul',
    ]);
    expect(tokens('cre\u0300me')).toEqual(['creme']);
    expect(tokens('don’t a.b@c.org 3,5')).toEqual(['don', 't', 'a', 'b', 'c', 'org', '3', '5']);
  });
  it('are single characters where a script has no spaces, and single symbols', () => {
    expect(tokens('東京タワー ok')).toEqual(['東', '京', 'タ', 'ワ', 'ー', 'ok']);
    expect(tokens('iPhone手机🎉👍🏽!')).toEqual(['iphone', '手', '机', '🎉', '👍']);
  });
  it('are without the signs that characters come apart into', () => {
    expect(tokens('㈠ ⑴ ⒈')).toEqual(['一', '1', '1']);
  });
  it('see through directions and joiners inside of a word', () => {
    expect(tokens('se\u202Ecr\u200Bet')).toEqual(['secret']);
  });
  it('hold nothing that SQLite reads as more than a word, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        for (const { token, start, end } of searchTokens(text)) {
          expect(token).not.toMatch(/[\s"'\0*():^{}+-]/);
          expect(token.length).toBeGreaterThan(0);
          expect(start).toBeLessThan(end);
        }
      }),
    );
  });
});

describe('a query', () => {
  it('asks for words by their beginnings, and for quoted ones exactly', () => {
    expect(expression('Hello wor')).toBe('{text} : ("hello" * AND "wor" *)');
    expect(expression('"big tide" x')).toBe('{text} : ("big tide" AND "x" *)');
    expect(expression('"still typing')).toBe('{text} : ("still typing" *)');
    expect(expression('well-known')).toBe('{text} : ("well known" *)');
    expect(expression('東京')).toBe('{text} : ("東 京")');
  });
  it('is none without a word', () => {
    for (const text of ['', '  ', '"', '""', '*', '()', '--', '\u0000', '\u202E'])
      expect(expression(text)).toBe(null);
  });
  it('takes operators as words', () => {
    expect(expression('a OR NOT b')).toBe('{text} : ("a" * AND "or" * AND "not" * AND "b" *)');
    expect(expression("'; DROP TABLE message; --")).toBe('{text} : ("drop" * AND "table" * AND "message" *)');
  });
  it('is bounded', () => {
    expect(parseSearch('a '.repeat(10_000)).length).toBe(12);
    expect((expression('x'.repeat(10_000)) ?? '').length).toBeLessThan(100);
  });
});

describe('what was found', () => {
  it('is where the terms stand in the text as it was written', () => {
    expect(found('brul', 'Crème BRÛLÉE')).toEqual(['BRÛLÉE']);
    expect(found('big tide', 'A big tide, bigger than tides')).toEqual(['big', 'tide', 'bigger', 'tides']);
    expect(found('"big tide"', 'big boats, big tide')).toEqual(['big', 'tide']);
    expect(found('京タ', '東京タワー')).toEqual(['京タ']);
    expect(found('🎉', 'well 🎉🎉')).toEqual(['🎉🎉']);
    expect(found('a', '\u202Eabc <b>a</b>')).toEqual(['abc', 'a']);
  });
});
