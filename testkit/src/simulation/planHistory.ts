/**
 * Who turns history off, and on again (spec/simulator.md §Seeds): in single conversations and for whole accounts, from
 * one side and from both, by several devices of an account.
 */
import type { AccountPlan, Action, DeviceIndex } from './plan.ts';
import type { SeededRandom } from './seededRandom.ts';

export function planHistory(
  random: SeededRandom,
  accounts: readonly AccountPlan[],
  pairs: readonly (readonly [number, number])[],
  durationMs: number,
): Action[] {
  if (!random.chance(0.35)) return [];
  const actions: Action[] = [];
  const deviceOf = (account: number): DeviceIndex => ({
    account,
    device: random.integer(0, accounts[account]!.devices.length - 1),
  });
  const choose = (account: number, peer: number | null): void => {
    // Where nobody of the account turns it on again, nothing that the device sends later may be kept.
    const isLast = random.chance(0.6);
    const atMs = random.integer(1, Math.floor(durationMs * 0.7));
    actions.push({ atMs, kind: 'history', by: deviceOf(account), peer, on: false, isLast });
    if (isLast) return;
    const onAtMs = random.integer(atMs, durationMs);
    actions.push({ atMs: onAtMs, kind: 'history', by: deviceOf(account), peer, on: true, isLast: false });
  };
  const everywhere = random.chance(0.3) ? random.integer(0, accounts.length - 1) : null;
  if (everywhere !== null) choose(everywhere, null);
  for (const pair of pairs) {
    for (const account of new Set(pair)) {
      if (account === everywhere || !random.chance(0.4)) continue;
      choose(account, account === pair[0] ? pair[1] : pair[0]);
    }
  }
  return actions;
}
