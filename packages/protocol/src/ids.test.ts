import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountId, idFromBytes, idFromText, idSizeBytes, idToBytes } from './index.ts';

const bytes = fc.uint8Array({ minLength: idSizeBytes, maxLength: idSizeBytes });

describe('ids', () => {
  it('go to text and back for any 16 bytes', () => {
    fc.assert(
      fc.property(bytes, (id) => {
        const text = idFromBytes<AccountId>(id);
        expect(text).not.toBeNull();
        expect(idToBytes(text!)).toEqual(id);
        expect(idFromText<AccountId>(text!)).toBe(text);
      }),
    );
  });

  it('refuse any other size', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }).filter((id) => id.length !== idSizeBytes),
        (id) => {
          expect(idFromBytes(id)).toBeNull();
        },
      ),
    );
  });

  it.each(['', 'ab', 'G'.repeat(32), 'A'.repeat(32), `${'a'.repeat(32)} `, "' OR 1=1 --".padEnd(32, 'a')])(
    'refuse the text %j',
    (text) => {
      expect(idFromText(text)).toBeNull();
    },
  );
});
