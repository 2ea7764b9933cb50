import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { provider } from '../testing/account.ts';
import { formatRecoveryCode, generateRecoveryCode, parseRecoveryCode } from './recoveryCode.ts';

const secrets = fc.uint8Array({ minLength: 20, maxLength: 20 });

describe('recovery code', () => {
  it('is nine groups of four', () => {
    const { secret, text } = generateRecoveryCode(provider);
    expect(text).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){8}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(parseRecoveryCode(provider, text)).toEqual(secret);
  });

  it('reads back, whatever was done to case, spaces and look-alikes', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const text = formatRecoveryCode(provider, secret);
        const sloppy = ` ${text.toLowerCase().replaceAll('-', ' \u2013 ').replaceAll('0', 'o').replaceAll('1', 'l')}\n`;
        expect(parseRecoveryCode(provider, sloppy)).toEqual(secret);
      }),
    );
  });

  it('notices any one wrong character, and (but for one in a million) any other text', () => {
    const secret = Uint8Array.from({ length: 20 }, (_, i) => i * 11);
    const text = formatRecoveryCode(provider, secret).replaceAll('-', '');
    const changes: (string | null)[] = [];
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A';
      changes.push(
        parseRecoveryCode(provider, text.slice(0, at) + other + text.slice(at + 1))?.toHex() ?? null,
      );
    }
    expect(changes.every((read) => read === null)).toBe(true);
  });

  it('refuses what is no code', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => parseRecoveryCode(provider, text) === null),
    );
    for (const text of ['', 'U'.repeat(36), '0'.repeat(35), '0'.repeat(37), '-'.repeat(10_000)]) {
      expect(parseRecoveryCode(provider, text)).toBeNull();
    }
  });
});
