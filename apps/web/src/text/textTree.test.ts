import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccountId, MentionView } from '../sotto.ts';
import { type Block, type Inline, textTree } from './textTree.ts';

function shown(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
      return inline.text;
    case 'code':
    case 'link':
    case 'mention':
      return `<${inline.kind} ${inline.text}>`;
    default:
      return `<${inline.kind} ${inline.children.map(shown).join('')}>`;
  }
}
function shownBlock(block: Block): string {
  if (block.kind === 'codeBlock') return `[code ${block.text}]`;
  if (block.kind === 'list')
    return `[list ${block.from} ${block.items.map((item) => item.children.map(shown).join('')).join('/')}]`;
  const inner = block.children.map(shown).join('');
  return block.kind === 'quote' ? `[quote ${inner}]` : inner;
}
const show = (text: string, mentions: readonly MentionView[] = []): string =>
  textTree(text, mentions).map(shownBlock).join('');

describe('text styles', () => {
  it('are bold, italic, struck, code and hidden, one inside another', () => {
    expect(show('a **b *c* d** e')).toBe('a <bold b <italic c> d> e');
    expect(show('_so_ ~~old~~ `x*y*` ||the end||')).toBe(
      '<italic so> <strike old> <code x*y*> <spoiler the end>',
    );
  });

  it('are not in words, sums and names', () => {
    for (const text of [
      '2*3*4',
      'snake_case_name',
      '**',
      '****',
      '* a *',
      'a ** b',
      '_',
      '~~',
      '||',
      'a|b',
      '5 ~~ 6',
    ])
      expect(show(text)).toBe(text);
  });

  it('stay as they were written where they are not closed or cross each other', () => {
    expect(show('**a _b** c_')).toBe('<bold a _b> c_');
    expect(show('**open')).toBe('**open');
    expect(show('`open')).toBe('`open');
    expect(show('```\nopen')).toBe('```\nopen');
  });

  it('are quotes, lists and code over several lines', () => {
    expect(show('> one\n> **two**\nafter')).toBe('[quote one\n<bold two>]after');
    expect(show('- a\n- *b*\n3. c\n4. d')).toBe('[list null a/<italic b>][list 3 c/d]');
    expect(show('```ts\n**x**\n> y\n```\nz')).toBe('[code **x**\n> y]z');
  });

  it('leave addresses and mentions whole', () => {
    const account = { accountId: 'a'.repeat(32) as AccountId, username: 'under_score' };
    expect(show('https://a.example/x_y_z **@under_score**', [{ start: 26, end: 38, account }])).toBe(
      '<link https://a.example/x_y_z> <bold <mention @under_score>>',
    );
  });

  it('ignore mentions that are outside of the text, or in each other', () => {
    const account = null;
    const range = (start: number, end: number): MentionView => ({ start, end, account });
    expect(show('@all', [range(0, 4), range(2, 4), range(-1, 2), range(3, 90), range(2, 2)])).toBe(
      '<mention @all>',
    );
  });

  it('lose nothing but marks, whatever the text', () => {
    const piece = fc.constantFrom(
      '*',
      '**',
      '_',
      '~~',
      '`',
      '```',
      '\n',
      '> ',
      '- ',
      '1. ',
      '||',
      'a',
      ' ',
      'https://a.b',
      '\u202e',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        const letters = (from: string): string => from.replace(/[^ahtpsb:/\u202e]/g, '');
        const flat = (inline: Inline): string =>
          'children' in inline ? inline.children.map(flat).join('') : inline.text;
        const all = textTree(text)
          .map((block) =>
            block.kind === 'codeBlock'
              ? block.text
              : block.kind === 'list'
                ? block.items.map((item) => item.children.map(flat).join('')).join('')
                : block.children.map(flat).join(''),
          )
          .join('');
        expect(letters(all)).toBe(letters(text));
      }),
    );
  });

  it.each(['**', '*a ', '`', '||a', '_*', '> ', '- a\n', '```\n', '@', 'https://'])(
    'take a moment for 64 kB of %j',
    (piece) => {
      const text = piece.repeat(65_536 / piece.length);
      const startMs = performance.now();
      textTree(text);
      expect(performance.now() - startMs).toBeLessThan(1500);
    },
  );
});
