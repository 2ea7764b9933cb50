import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkOf, linkParts } from './linkParts.ts';

const addresses = (text: string): string[] =>
  linkParts(text).flatMap(({ link }) => (link === null ? [] : [link.address]));

describe('addresses in a text', () => {
  it('are found without the marks of the sentence around them', () => {
    expect(addresses('see https://example.org/a?b=c#d, and (http://example.com).')).toEqual([
      'https://example.org/a?b=c#d',
      'http://example.com/',
    ]);
    expect(addresses('https://en.example.org/wiki/Sotto_(music) **https://a.example**')).toEqual([
      'https://en.example.org/wiki/Sotto_(music)',
      'https://a.example/',
    ]);
    expect(addresses('write to maren@example.org.')).toEqual(['mailto:maren@example.org']);
  });

  it('are only those that cannot script: no javascript, data, or file', () => {
    const nasty =
      'javascript:alert(1) data:text/html,x ftp://example.org file:///etc/passwd https:// vbscript:x blob:https://a.b';
    for (const address of addresses(nasty)) expect(address).toMatch(/^https?:/);
    expect(linkOf('javascript://example.org/%0aalert(1)')).toBe(null);
  });

  it('take time in proportion to the text, whatever marks are in it', () => {
    const startedMs = performance.now();
    for (const mark of ['*', '_', '.', ')', '~~', '||', '*_', '.*', '”)']) {
      const address = `https://a.example/${mark.repeat(60_000 / mark.length)}x`;
      expect(addresses(address)).toHaveLength(1);
      expect(addresses(`${address}${mark}`)).toHaveLength(1);
    }
    // Some milliseconds; where each mark is tried again, forty of them take longer than anybody waits.
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  it('keep every character, whatever the text', () => {
    const piece = fc.constantFrom(
      'https://',
      'http://a.b',
      '@',
      'mailto:',
      ' ',
      '<',
      ')',
      '.',
      '…',
      '‮',
      'x',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        const parts = linkParts(text);
        expect(parts.map((part) => part.text).join('')).toBe(text);
        for (const { link } of parts)
          if (link !== null) expect(link.address).toMatch(/^(https?:\/\/|mailto:)/);
      }),
    );
  });

  it('end at a mark that turns the direction of writing', () => {
    expect(addresses('https://example.org/\u202egro.elpmaxe')).toEqual(['https://example.org/']);
  });

  it('say where they lead when they read like another place: other signs, a name before @, unseen signs', () => {
    const leadsTo = (text: string): string | null | undefined => linkOf(text)?.leadsTo;
    expect(leadsTo('https://bank.example@evil.example/login')).toBe('evil.example');
    expect(leadsTo('https://аррӏе.com/')).toBe('xn--80ak6aa92e.com');
    expect(leadsTo('https://xn--80ak6aa92e.com/')).toBe('xn--80ak6aa92e.com');
    expect(leadsTo('https://bank\u200b.example/')).toBe('bank.example');
    expect(leadsTo('https://bank.example\\@evil.example/')).toBe('bank.example');
    expect(leadsTo('https://example.org/a')).toBe(null);
    expect(leadsTo('https://Example.org:443/a')).toBe(null);
    expect(leadsTo('http://localhost:8000')).toBe(null);
  });
});
