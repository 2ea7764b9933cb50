/**
 * Conversations whose messages disappear (spec/simulator.md §Seeds): who sets timers, also several at once, what is said
 * under them, who looks at it on which device, and for how long everybody is away afterwards.
 */
import type { AccountPlan, Action, DeviceIndex, PlacePlan } from './plan.ts';
import type { SeededRandom } from './seededRandom.ts';

const dayMs = 24 * 3_600_000;
/** Seconds; short ones run out while things happen, long ones while everybody is away, or not at all. */
const timers = [5, 5, 10, 10, 30, 60, 300, 3600, 86_400, 2_419_200] as const;

export function planTimers(
  random: SeededRandom,
  accounts: readonly AccountPlan[],
  places: readonly { readonly accounts: readonly number[]; of(account: number): PlacePlan }[],
  durationMs: number,
): { readonly actions: readonly Action[]; readonly absenceMs: number } {
  if (!random.chance(0.25)) return { actions: [], absenceMs: 0 };
  const actions: Action[] = [];
  const deviceOf = (account: number): DeviceIndex => ({
    account,
    device: random.integer(0, accounts[account]!.devices.length - 1),
  });
  if (random.chance(0.5)) {
    const by = deviceOf(random.integer(0, accounts.length - 1));
    actions.push({ atMs: random.integer(0, 5), kind: 'defaultTimer', by, seconds: random.pick(timers) });
  }
  for (const place of places) {
    if (!random.chance(0.7)) continue;
    const anyone = () => {
      const account = random.pick(place.accounts);
      return { by: deviceOf(account), place: place.of(account) };
    };
    const startMs = random.integer(10, Math.floor(durationMs / 3));
    const anyTime = () => random.integer(startMs, durationMs);
    // Half of the conversations have their timer from one device alone: it must hold for all that is said there.
    const one = random.chance(0.5) ? anyone() : null;
    for (let n = random.pick([1, 1, 2, 4]); n > 0; n--) {
      const atMs = n === 1 ? startMs : anyTime();
      const seconds = random.chance(0.15) ? 0 : random.pick(timers);
      actions.push({ atMs, kind: 'timer', ...(one ?? anyone()), seconds });
      // Somebody else at the same moment.
      if (one === null && random.chance(0.3))
        actions.push({ atMs, kind: 'timer', ...anyone(), seconds: random.pick(timers) });
    }
    for (let n = random.integer(1, 4); n > 0; n--) {
      const count = random.pick([1, 1, 2]);
      actions.push({ atMs: anyTime(), kind: 'send', ...anyone(), count, long: false });
    }
    for (let n = random.integer(1, 6); n > 0; n--)
      actions.push({ atMs: anyTime(), kind: 'read', ...anyone() });
    for (let n = random.pick([0, 1, 3]); n > 0; n--) {
      const what = random.pick(['edit', 'react', 'answer', 'pin', 'delete'] as const);
      actions.push({ atMs: anyTime(), kind: 'alter', ...anyone(), what });
    }
  }
  const absenceMs = random.pick([0, 0, 3_600_000, 15 * dayMs, 29 * dayMs]);
  return { actions, absenceMs };
}
