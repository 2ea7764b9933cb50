import fc from 'fast-check';
import { expect, it } from 'vitest';
import { normalizeUsername } from '../sotto.ts';
import { usernameNote } from './usernameNote.ts';

it('says good exactly where the protocol takes the name, and something about every other', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9._@ -]{0,40}$/));
  fc.assert(
    fc.property(text, (name) => {
      const { note, tone } = usernameNote(name);
      expect(note).not.toBe('');
      expect(tone === 'good').toBe(normalizeUsername(name) !== null);
    }),
  );
});
