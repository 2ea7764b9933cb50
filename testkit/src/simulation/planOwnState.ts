/** Who archives, mutes and pins conversations (spec/simulator.md §Seeds): several devices of an account, also at once. */
import type { AccountPlan, Action } from './plan.ts';
import type { SeededRandom } from './seededRandom.ts';

export function planOwnState(
  random: SeededRandom,
  accounts: readonly AccountPlan[],
  pairs: readonly (readonly [number, number])[],
  durationMs: number,
): Action[] {
  if (!random.chance(0.5)) return [];
  const actions: Action[] = [];
  for (const pair of pairs) {
    for (const account of new Set(pair)) {
      const peer = account === pair[0] ? pair[1] : pair[0];
      const count = random.integer(0, 5);
      for (let n = 0; n < count; n++) {
        const device = random.integer(0, accounts[account]!.devices.length - 1);
        actions.push({
          atMs: random.integer(1, durationMs),
          kind: 'keep',
          by: { account, device },
          peer,
          what: random.pick(['archive', 'mute', 'pin']),
          on: random.chance(0.6),
        });
      }
    }
  }
  return actions;
}
