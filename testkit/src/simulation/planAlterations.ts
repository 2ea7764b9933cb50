/**
 * Who answers, edits, deletes, reacts to and pins what was said (spec/simulator.md §Seeds): several devices, also at once,
 * own messages and others'.
 */
import type { AccountPlan, Action, PlacePlan } from './plan.ts';
import type { SeededRandom } from './seededRandom.ts';

/** What is done to a message that is chosen when it happens. */
const alterations = ['react', 'react', 'unreact', 'edit', 'delete', 'pin', 'unpin', 'answer'] as const;
export type Alteration = (typeof alterations)[number];

/** `places`: where, and which accounts are there. */
export function planAlterations(
  random: SeededRandom,
  accounts: readonly AccountPlan[],
  places: readonly { readonly accounts: readonly number[]; of(account: number): PlacePlan }[],
  durationMs: number,
): Action[] {
  if (!random.chance(0.5)) return [];
  const actions: Action[] = [];
  for (const place of places) {
    const count = random.pick([0, 2, 5, 12]);
    for (let n = 0; n < count; n++) {
      const account = random.pick(place.accounts);
      const device = random.integer(0, accounts[account]!.devices.length - 1);
      actions.push({
        atMs: random.integer(Math.floor(durationMs / 10), durationMs),
        kind: 'alter',
        by: { account, device },
        place: place.of(account),
        what: random.pick(alterations),
      });
    }
  }
  return actions;
}
