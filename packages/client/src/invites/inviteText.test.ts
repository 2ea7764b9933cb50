import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInvite, parseInvite } from './inviteText.ts';

const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe('an invite', () => {
  it('is read back, from a link as well', () => {
    fc.assert(
      fc.property(sixteen, sixteen, (token, pin) => {
        const text = formatInvite(token, pin);
        expect(text).toHaveLength(43);
        expect(parseInvite(text)).toEqual({ token, pin });
        expect(parseInvite(` https://sotto.example/#invite=${text}\n`)).toEqual({ token, pin });
      }),
    );
  });

  it('of an operator has no pin', () => {
    const token = new Uint8Array(16).fill(7);
    const text = token.toBase64({ alphabet: 'base64url', omitPadding: true });
    expect(parseInvite(text)).toEqual({ token, pin: null });
  });

  it('is refused where it is anything else', () => {
    const text = formatInvite(new Uint8Array(16), new Uint8Array(16));
    for (const wrong of [
      '',
      '#invite=',
      text.slice(1),
      `${text}A`,
      text.replace('A', '!'),
      `${'x'.repeat(22)}=`,
    ])
      expect(parseInvite(wrong)).toBeNull();
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 60 }), (units) => {
        const invite = parseInvite(String.fromCharCode(...units));
        expect(invite === null || invite.token.length === 16).toBe(true);
      }),
    );
  });
});
