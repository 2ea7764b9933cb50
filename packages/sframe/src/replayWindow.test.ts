import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReplayWindow } from './replayWindow.ts';

/** What a window says, by the definition: everything that was opened, remembered. */
function judge(opened: Set<bigint>, size: number, counter: bigint): string {
  const highest = [...opened].reduce((a, b) => (a > b ? a : b), -1n);
  if (opened.size > 0 && highest - counter >= BigInt(size)) return 'tooOld';
  return opened.has(counter) ? 'replayed' : 'fresh';
}

const near = fc.bigInt({ min: 0n, max: 60n });
const far = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

it('judges every counter as if it remembered all of them', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.oneof({ weight: 8, arbitrary: near }, { weight: 1, arbitrary: far }), { maxLength: 80 }),
      (size, counters) => {
        const window = new ReplayWindow(size);
        const opened = new Set<bigint>();
        for (const counter of counters) {
          const judged = window.judge(counter);
          expect(judged).toBe(judge(opened, size, counter));
          if (judged !== 'fresh') continue;
          window.mark(counter);
          opened.add(counter);
        }
      },
    ),
    { numRuns: 500 },
  );
});
