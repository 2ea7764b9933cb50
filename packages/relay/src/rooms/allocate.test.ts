import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, type Wish } from './allocate.ts';

const costs = [150_000, 500_000, 1_500_000];
const wish = (wish: Partial<Wish> = {}): Wish => ({
  costs,
  maxLayer: 2,
  isPriority: false,
  before: 0,
  ...wish,
});
const targetsOf = (wishes: readonly Wish[], availableBps: number, mayRise = true) =>
  allocate(wishes, availableBps, mayRise).targets;

describe('allocate', () => {
  it('gives everybody what they want where there is enough', () => {
    const wishes = [wish(), wish({ maxLayer: 1 }), wish({ isPriority: true })];
    expect(allocate(wishes, 10_000_000, true)).toEqual({ targets: [2, 1, 2], missingBps: 0 });
  });

  it('gives to what has priority first, then the smallest to all, then the next', () => {
    const wishes = [wish(), wish(), wish({ isPriority: true })];
    expect(targetsOf(wishes, 1_900_000)).toEqual([0, 0, 2]);
    expect(targetsOf(wishes, 1_700_000)).toEqual([0, -1, 2]);
    expect(targetsOf(wishes, 2_700_000)).toEqual([1, 1, 2]);
    expect(targetsOf(wishes, 100_000)).toEqual([-1, -1, -1]);
  });

  it('raises only with room to spare, and not for a while after it had to lower', () => {
    expect(targetsOf([wish({ before: 0 })], 510_000)).toEqual([0]);
    expect(targetsOf([wish({ before: 1 })], 510_000)).toEqual([1]);
    expect(targetsOf([wish({ before: 0 })], 10_000_000, false)).toEqual([0]);
    expect(targetsOf([wish({ before: -1 })], 10_000_000, false)).toEqual([0]);
  });

  it('says what the next step takes', () => {
    expect(allocate([wish(), wish()], 300_000, true).missingBps).toBe(350_000);
    expect(allocate([wish(), wish()], 290_000, true)).toEqual({ targets: [0, -1], missingBps: 150_000 });
  });

  it('never gives more than there is, nor what nobody wants', () => {
    const wishes = fc.array(
      fc.record({
        costs: fc.array(fc.integer({ min: 1, max: 5_000_000 }), { minLength: 1, maxLength: 3 }),
        maxLayer: fc.integer({ min: 0, max: 2 }),
        isPriority: fc.boolean(),
        before: fc.integer({ min: -1, max: 2 }),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(
        wishes,
        fc.integer({ min: -1000, max: 20_000_000 }),
        fc.boolean(),
        (all, available, mayRise) => {
          const { targets, missingBps } = allocate(all, available, mayRise);
          let used = 0;
          for (const [i, target] of targets.entries()) {
            const { costs: own, maxLayer } = all[i]!;
            expect(target).toBeLessThanOrEqual(Math.min(maxLayer, own.length - 1));
            if (target >= 0) used += own[target]!;
          }
          expect(used).toBeLessThanOrEqual(Math.max(0, available));
          const isWhole = targets.every(
            (target, i) => target === Math.min(all[i]!.maxLayer, all[i]!.costs.length - 1),
          );
          if (isWhole) expect(missingBps).toBe(0);
          else expect(missingBps).toBeGreaterThan(-1);
        },
      ),
    );
  });
});
