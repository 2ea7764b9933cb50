import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linkParts } from './linkParts.ts';

it('finds web addresses without the marks of the sentence around them', () => {
  const addresses = (text: string): (string | null)[] =>
    linkParts(text).flatMap(({ address }) => (address === null ? [] : [address]));
  expect(addresses('see https://example.org/a?b=c#d, and (http://example.com).')).toEqual([
    'https://example.org/a?b=c#d',
    'http://example.com',
  ]);
  expect(addresses('javascript:alert(1) data:text/html,x ftp://example.org https://')).toEqual([]);
});

it('keeps every character, whatever the text', () => {
  const piece = fc.constantFrom('https://', 'http://a.b', ' ', '"', '<', ')', '.', '…', '‮', 'x', '\n');
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      const parts = linkParts(text);
      expect(parts.map((part) => part.text).join('')).toBe(text);
      for (const { address } of parts) if (address !== null) expect(address).toMatch(/^https?:\/\//);
    }),
  );
});

it('ends an address at a mark that turns the direction of writing', () => {
  const parts = linkParts('https://example.org/\u202egro.elpmaxe');
  expect(parts.map(({ address }) => address)).toEqual(['https://example.org/', null]);
});
