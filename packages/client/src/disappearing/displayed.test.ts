import { limits } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DisplayedStep, displayedAt, mergeDisplayed, stepsLimit, withoutExpired } from './displayed.ts';

const steps = fc.array(fc.record({ throughSeq: fc.integer({ min: 1, max: 60 }), atMs: fc.nat(1000) }), {
  maxLength: 20,
});
const settled = (raw: readonly DisplayedStep[]) => mergeDisplayed(raw, []);
const least = (raw: readonly DisplayedStep[], seq: number) => {
  const times = raw.filter(({ throughSeq }) => throughSeq >= seq).map(({ atMs }) => atMs);
  return times.length === 0 ? null : Math.min(...times);
};

describe('when messages were first shown', () => {
  it('is the least time of every step that reaches them', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 61 }), (raw, seq) => {
        expect(displayedAt(settled(raw), seq)).toBe(least(raw, seq));
      }),
    );
  });

  it('is the same in whatever order devices say it, also twice', () => {
    fc.assert(
      fc.property(steps, steps, steps, (a, b, c) => {
        const whole = settled([...a, ...b, ...c]);
        expect(mergeDisplayed(settled(a), mergeDisplayed(settled(c), settled(b)))).toEqual(whole);
        expect(mergeDisplayed(whole, settled(a))).toEqual(whole);
      }),
    );
  });

  it('is kept in so many steps, of which none comes later than it was said', () => {
    const raw = Array.from({ length: 500 }, (_, at) => ({ throughSeq: at + 1, atMs: at * at }));
    const kept = settled(raw);
    expect(kept).toHaveLength(stepsLimit);
    for (const { throughSeq, atMs } of raw) expect(displayedAt(kept, throughSeq)!).toBeLessThanOrEqual(atMs);
    expect(kept.at(-1)?.throughSeq).toBe(500);
    expect(displayedAt(kept, 500)!).toBeGreaterThan(490 * 490);
  });

  it('is forgotten once nothing of it can be left', () => {
    const longest = limits.timerSeconds.max * 1000;
    const raw = [
      { throughSeq: 1, atMs: 1000 },
      { throughSeq: 2, atMs: 2000 },
    ];
    expect(withoutExpired(raw, 1000 + longest)).toEqual([raw[1]]);
    expect(withoutExpired(raw, 999 + longest)).toEqual(raw);
  });
});
