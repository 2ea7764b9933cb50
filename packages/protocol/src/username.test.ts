import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits, normalizeUsername } from './index.ts';

describe('normalizeUsername', () => {
  it.each([
    ['ann', 'ann'],
    ['  @Ann.B  ', 'ann.b'],
    ['j_r-r.t0lkien', 'j_r-r.t0lkien'],
    ['a'.repeat(32), 'a'.repeat(32)],
  ])('takes %j as %j', (text, name) => {
    expect(normalizeUsername(text)).toBe(name);
  });

  it.each([
    '',
    'ab',
    'a'.repeat(33),
    '1ann',
    '.ann',
    'ann.',
    'an..n',
    'an n',
    'änn',
    'аnn', // a Cyrillic a
    "ann'; DROP TABLE account; --",
    '<b>ann</b>',
    'ann\u0000',
    'ann\u202e',
  ])('refuses %j', (text) => {
    expect(normalizeUsername(text)).toBeNull();
  });

  it('gives back what it gave, and nothing outside its alphabet', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40, unit: 'binary' }), (text) => {
        const name = normalizeUsername(text);
        if (name === null) return;
        expect(normalizeUsername(name)).toBe(name);
        expect(name).toMatch(/^[a-z0-9._-]+$/);
        expect(name.length).toBeLessThanOrEqual(limits.usernameLength.max);
      }),
    );
  });
});
