import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInvite, parseInvite } from './inviteText.ts';

describe('an invite', () => {
  it('is read back, from a link as well', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (token) => {
        expect(parseInvite(formatInvite(token))).toEqual(token);
        expect(parseInvite(` https://sotto.example/#invite=${formatInvite(token)} `)).toEqual(token);
      }),
    );
  });

  it('is refused where it is anything else', () => {
    const sound = formatInvite(new Uint8Array(16));
    for (const text of ['', sound.slice(1), `${sound}A`, '<script>alert(1)</script>', `${sound.slice(1)}=`]) {
      expect(parseInvite(text)).toBeNull();
    }
    fc.assert(fc.property(fc.string(), (text) => void parseInvite(text)));
  });
});
