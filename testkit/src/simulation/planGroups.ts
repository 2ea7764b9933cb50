/**
 * Groups of a seed (spec/simulator.md §Seeds): who makes them, writes in them, and changes who is in them and what they
 * may, also several admins at once.
 */
import type { AccountPlan, Action, GroupPlan } from './plan.ts';
import type { SeededRandom } from './seededRandom.ts';

/** What is done to a group, to an account of the plan where it is about one. */
const groupChanges = [
  'add',
  'add',
  'remove',
  'promote',
  'demote',
  'handOver',
  'rename',
  'rights',
  'sharesHistory',
  'leave',
] as const;

export type GroupChange = (typeof groupChanges)[number];

export function planGroups(
  random: SeededRandom,
  accounts: readonly AccountPlan[],
  durationMs: number,
): { readonly groups: readonly GroupPlan[]; readonly actions: readonly Action[] } {
  if (accounts.length < 2 || !random.chance(0.4)) return { groups: [], actions: [] };
  const groups: GroupPlan[] = [];
  const actions: Action[] = [];
  const all = accounts.map((_, account) => account);
  const deviceOf = (account: number) => ({
    account,
    device: random.integer(0, accounts[account]!.devices.length - 1),
  });
  const count = random.pick([1, 1, 2]);
  for (let group = 0; group < count; group++) {
    const owner = random.pick(all);
    const members = all.filter((account) => account === owner || random.chance(0.75));
    groups.push({ owner, members, sharesHistory: random.chance(0.5) });
    const startMs = random.integer(1, Math.floor(durationMs / 4));
    actions.push({ atMs: startMs, kind: 'createGroup', by: { account: owner, device: 0 }, group });
    const anyTime = () => random.integer(startMs, durationMs);
    const place = { kind: 'group', group } as const;
    for (let n = random.integer(1, 8); n > 0; n--) {
      actions.push({
        atMs: anyTime(),
        kind: 'send',
        by: deviceOf(random.pick(all)),
        place,
        count: random.pick([1, 1, 3]),
        long: false,
      });
      if (random.chance(0.3))
        actions.push({ atMs: anyTime(), kind: 'read', by: deviceOf(random.pick(all)), place });
    }
    for (let n = random.pick([0, 1, 3, 6, 10]); n > 0; n--) {
      const atMs = anyTime();
      const change = { kind: 'changeGroup', group } as const;
      const by = random.chance(0.6) ? owner : random.pick(all);
      actions.push({
        ...change,
        atMs,
        by: deviceOf(by),
        what: random.pick(groupChanges),
        whom: random.pick(all),
      });
      // Somebody else at the same moment.
      if (random.chance(0.4)) {
        const what = random.pick(groupChanges);
        actions.push({ ...change, atMs, by: deviceOf(random.pick(all)), what, whom: random.pick(all) });
      }
    }
  }
  return { groups, actions };
}
