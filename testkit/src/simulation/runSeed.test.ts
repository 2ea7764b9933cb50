import { describe, expect, it } from 'vitest';
import { planSeed } from './plan.ts';
import { runSeed } from './runSeed.ts';

describe('simulated seeds', () => {
  // The first ones, and some that found a fault once.
  it.each([1, 2, 3, 4, 9, 14, 21, 27, 31, 51, 54, 68, 200, 664])(
    'seed %i: nothing lost, doubled, reordered, forked or leaked',
    async (seed) => {
      const { violations, trace } = await runSeed(seed);
      expect(violations, trace.join('\n')).toEqual([]);
    },
  );

  it('do the same again from the same seed', async () => {
    const runs: string[][] = [];
    for (let i = 0; i < 2; i++) {
      const lines: string[] = [];
      const { statistics } = await runSeed(11, { print: (line) => void lines.push(line) });
      runs.push([...lines, JSON.stringify(statistics)]);
    }
    expect(runs[0]!.length).toBeGreaterThan(5);
    expect(runs[1]).toEqual(runs[0]);
  });

  it('are of many kinds', () => {
    const plans = Array.from({ length: 300 }, (_, i) => planSeed(i + 1));
    const kinds = new Set(plans.flatMap((plan) => plan.actions.map((action) => action.kind)));
    expect([...kinds].sort()).toEqual(
      [
        'alter',
        'break',
        'changeGroup',
        'createGroup',
        'damageGroup',
        'defaultTimer',
        'enrol',
        'history',
        'keep',
        'kill',
        'killServer',
        'lose',
        'loseAll',
        'offline',
        'open',
        'read',
        'restartServer',
        'revoke',
        'send',
        'skew',
        'sleep',
        'timer',
        'type',
      ].sort(),
    );
    expect(new Set(plans.map((plan) => plan.networkName)).size).toBe(7);
    expect(plans.some((plan) => plan.suite === 'hybrid')).toBe(true);
    expect(plans.some((plan) => plan.clientFaults.crashAfter > 0 && plan.serverCrashChance > 0)).toBe(true);
    expect(plans.some((plan) => plan.pairs.some(([left, right]) => left === right))).toBe(true);
    expect(planSeed(5)).toEqual(planSeed(5));
  });
});
