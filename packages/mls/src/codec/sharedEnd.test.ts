import { concatBytes } from '@sotto/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitSharedEnd } from './sharedEnd.ts';

describe('what byte strings end with', () => {
  it('is taken off all of them, and makes them whole again', () => {
    const bytes = fc.uint8Array({ maxLength: 20, max: 3 });
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), bytes, (starts, tail) => {
        const parts = starts.map((start) => concatBytes(start, tail));
        const { heads, end } = splitSharedEnd(parts);
        expect(heads.map((head) => concatBytes(head, end))).toEqual(parts);
        if (parts.length > 1) expect(end.length).toBeGreaterThanOrEqual(tail.length);
        else expect(end).toHaveLength(0);
      }),
    );
  });
});
