import fc from 'fast-check';
import { expect, it } from 'vitest';
import { retryDelayMs } from './retryDelay.ts';

it('waits longer with each try, up to a minute, never at the same moment as others', () => {
  fc.assert(
    fc.property(fc.nat({ max: 200 }), fc.nat({ max: 255 }), (attempt, byte) => {
      const delayMs = retryDelayMs(attempt, byte);
      expect(Number.isInteger(delayMs)).toBe(true);
      expect(delayMs).toBeGreaterThanOrEqual(250);
      expect(delayMs).toBeLessThanOrEqual(60_000);
      expect(retryDelayMs(attempt + 1, byte)).toBeGreaterThanOrEqual(delayMs);
    }),
  );
  expect(retryDelayMs(3, 0)).toBeLessThan(retryDelayMs(3, 255));
});
