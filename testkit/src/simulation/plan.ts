/**
 * What a seed stands for: who there is, what they do when, and what goes wrong (spec/simulator.md §Seeds).
 * Invariant: the plan depends on the seed alone, so a failing seed fails again.
 */
import type { NetworkConditions } from './network.ts';
import { type Alteration, planAlterations } from './planAlterations.ts';
import { planDepartures } from './planDepartures.ts';
import { type GroupChange, planGroups } from './planGroups.ts';
import { planHistory } from './planHistory.ts';
import { planOwnState } from './planOwnState.ts';
import { planTimers } from './planTimers.ts';
import { createSeededRandom, type SeededRandom } from './seededRandom.ts';

export interface Plan {
  readonly seed: number;
  readonly suite: 'classical' | 'hybrid';
  readonly accounts: readonly AccountPlan[];
  /** Pairs of accounts (by index) that talk; equal indices are notes to oneself. */
  readonly pairs: readonly (readonly [number, number])[];
  readonly groups: readonly GroupPlan[];
  readonly network: NetworkConditions;
  readonly networkName: string;
  /** Chance of each fault at each client transaction. */
  readonly clientFaults: {
    readonly crashBefore: number;
    readonly crashAfter: number;
    readonly failBefore: number;
    readonly failAfter: number;
  };
  /** Chance of a crash at each point of the server's commit. */
  readonly serverCrashChance: number;
  /** How far behind logs have to be to be taken over their commits alone; null: as devices do, which is never here. */
  readonly farEntries: { readonly inAll: number; readonly inOne: number } | null;
  /** Longest time from a device's commit until its engine learns of it. */
  readonly maxCommitDelayMs: number;
  /** Time during which things happen and go wrong; then all faults stop. */
  readonly durationMs: number;
  /** How long everybody is away once faults have stopped; 0: not at all. */
  readonly absenceMs: number;
  readonly actions: readonly Action[];
}

export interface AccountPlan {
  readonly devices: readonly DevicePlan[];
}
interface DevicePlan {
  /** Its clock is wrong by this much. */
  readonly skewMs: number;
  /** When it is signed in; the first device of an account: 0. */
  readonly enrolAtMs: number;
}

export interface DeviceIndex {
  readonly account: number;
  readonly device: number;
}

export interface GroupPlan {
  readonly owner: number;
  /** With the owner. */
  readonly members: readonly number[];
  readonly sharesHistory: boolean;
}

/** A conversation: with an account, or a group of the plan. */
export type PlacePlan =
  | { readonly kind: 'direct'; readonly peer: number }
  | { readonly kind: 'group'; readonly group: number };

export type Action = { readonly atMs: number } & (
  | { readonly kind: 'open'; readonly by: DeviceIndex; readonly peer: number }
  | {
      readonly kind: 'send';
      readonly by: DeviceIndex;
      readonly place: PlacePlan;
      readonly count: number;
      readonly long: boolean;
    }
  | { readonly kind: 'read'; readonly by: DeviceIndex; readonly place: PlacePlan }
  | {
      readonly kind: 'alter';
      readonly by: DeviceIndex;
      readonly place: PlacePlan;
      readonly what: Alteration;
    }
  | { readonly kind: 'createGroup'; readonly by: DeviceIndex; readonly group: number }
  | {
      readonly kind: 'changeGroup';
      readonly by: DeviceIndex;
      readonly group: number;
      readonly what: GroupChange;
      readonly whom: number;
    }
  | {
      readonly kind: 'timer';
      readonly by: DeviceIndex;
      readonly place: PlacePlan;
      readonly seconds: number;
    }
  | { readonly kind: 'defaultTimer'; readonly by: DeviceIndex; readonly seconds: number }
  | { readonly kind: 'type'; readonly by: DeviceIndex; readonly peer: number }
  | {
      readonly kind: 'keep';
      readonly by: DeviceIndex;
      readonly peer: number;
      readonly what: 'archive' | 'mute' | 'pin';
      readonly on: boolean;
    }
  | { readonly kind: 'enrol'; readonly device: DeviceIndex }
  | { readonly kind: 'offline'; readonly device: DeviceIndex; readonly forMs: number }
  | { readonly kind: 'break'; readonly device: DeviceIndex }
  | { readonly kind: 'sleep'; readonly device: DeviceIndex; readonly forMs: number }
  | { readonly kind: 'kill'; readonly device: DeviceIndex; readonly forMs: number }
  | { readonly kind: 'skew'; readonly device: DeviceIndex; readonly byMs: number }
  | { readonly kind: 'damageGroup'; readonly device: DeviceIndex; readonly peer: number }
  /** Its disk with it. */
  | { readonly kind: 'lose'; readonly device: DeviceIndex }
  | { readonly kind: 'loseAll'; readonly account: number }
  /** `by` takes `device`, of the same account, out of it. */
  | { readonly kind: 'revoke'; readonly by: DeviceIndex; readonly device: DeviceIndex }
  /** In the conversation with `peer` (null: in all). `isLast`: nobody of the account turns it on again. */
  | {
      readonly kind: 'history';
      readonly by: DeviceIndex;
      readonly peer: number | null;
      readonly on: boolean;
      readonly isLast: boolean;
    }
  | { readonly kind: 'killServer'; readonly forMs: number }
  | { readonly kind: 'restartServer' }
);

const dayMs = 24 * 3_600_000;
const gentle = { breakChance: 0, loseFrameChance: 0, doubleFrameChance: 0, overtakeFrameChance: 0 };

const networks: readonly { readonly name: string; readonly conditions: NetworkConditions }[] = [
  { name: 'fast', conditions: { ...gentle, minDelayMs: 0, maxDelayMs: 3 } },
  { name: 'slow', conditions: { ...gentle, minDelayMs: 20, maxDelayMs: 900 } },
  { name: 'breaking', conditions: { ...gentle, minDelayMs: 5, maxDelayMs: 200, breakChance: 0.02 } },
  { name: 'awful', conditions: { ...gentle, minDelayMs: 50, maxDelayMs: 3000, breakChance: 0.05 } },
  { name: 'losing', conditions: { ...gentle, minDelayMs: 5, maxDelayMs: 150, loseFrameChance: 0.03 } },
  { name: 'doubling', conditions: { ...gentle, minDelayMs: 5, maxDelayMs: 150, doubleFrameChance: 0.1 } },
  {
    name: 'harsh',
    conditions: {
      minDelayMs: 0,
      maxDelayMs: 400,
      breakChance: 0.01,
      loseFrameChance: 0.02,
      doubleFrameChance: 0.05,
      overtakeFrameChance: 0.05,
    },
  },
];

/** The network after all faults have stopped. */
export const quietNetwork: NetworkConditions = { ...gentle, minDelayMs: 1, maxDelayMs: 20 };

/** The plan of `seed`. */
export function planSeed(seed: number): Plan {
  const random = createSeededRandom(seed, 'plan');
  const durationMs = random.pick([20_000, 60_000, 60_000, 180_000]);
  const network = random.pick(networks);
  const { accounts, departures } = planDepartures(
    createSeededRandom(seed, 'departures'),
    planAccounts(random, durationMs),
    durationMs,
  );
  const pairs = planPairs(random, accounts.length);
  const groups = planGroups(createSeededRandom(seed, 'groups'), accounts, durationMs);
  const places = placesOf(pairs, groups.groups);
  const timers = planTimers(createSeededRandom(seed, 'timers'), accounts, places, durationMs);
  const crashing = random.chance(0.4);
  const failing = random.chance(0.1);
  const plan = {
    seed,
    suite: random.chance(0.1) ? 'hybrid' : 'classical',
    accounts,
    pairs,
    groups: groups.groups,
    network: network.conditions,
    networkName: network.name,
    clientFaults: {
      crashBefore: crashing ? random.pick([0.003, 0.01, 0.03]) : 0,
      crashAfter: crashing ? random.pick([0.003, 0.01, 0.03]) : 0,
      failBefore: failing ? 0.01 : 0,
      failAfter: failing ? 0.01 : 0,
    },
    serverCrashChance: random.chance(0.3) ? random.pick([0.002, 0.01]) : 0,
    farEntries: planFarEntries(createSeededRandom(seed, 'absences')),
    maxCommitDelayMs: random.pick([0, 0, 5, 80]),
    durationMs,
    absenceMs: timers.absenceMs,
  } as const;
  const actions = [
    ...planActions(random, accounts, pairs, durationMs),
    ...departures,
    ...planHistory(createSeededRandom(seed, 'history'), accounts, pairs, durationMs),
    ...planOwnState(createSeededRandom(seed, 'ownState'), accounts, pairs, durationMs),
    ...groups.actions,
    ...planAlterations(createSeededRandom(seed, 'alterations'), accounts, places, durationMs),
    ...timers.actions,
  ];
  return { ...plan, actions: actions.sort((a, b) => a.atMs - b.atMs) };
}

function placesOf(pairs: Plan['pairs'], groups: Plan['groups']) {
  return [
    ...pairs.map((pair) => ({
      accounts: [...new Set(pair)],
      of: (account: number): PlacePlan => ({ kind: 'direct', peer: account === pair[0] ? pair[1] : pair[0] }),
    })),
    ...groups.map(({ members }, group) => ({
      accounts: members,
      of: (): PlacePlan => ({ kind: 'group', group }),
    })),
  ];
}

function planFarEntries(random: SeededRandom): Plan['farEntries'] {
  return random.chance(0.4) ? { inAll: random.integer(0, 6), inOne: random.integer(0, 3) } : null;
}

function planAccounts(random: SeededRandom, durationMs: number): AccountPlan[] {
  const accounts: AccountPlan[] = [];
  const count = random.pick([2, 2, 2, 3, 3, 4]);
  for (let i = 0; i < count; i++) {
    const devices: DevicePlan[] = [];
    const deviceCount = random.pick(count > 3 ? [1, 1, 2] : [1, 1, 2, 2, 3]);
    for (let d = 0; d < deviceCount; d++) {
      const skewMs = random.chance(0.3) ? random.integer(-5 * dayMs, 5 * dayMs) : random.integer(-2000, 2000);
      const late = d > 0 && random.chance(0.6);
      devices.push({ skewMs, enrolAtMs: late ? random.integer(1, Math.floor(durationMs * 0.8)) : 0 });
    }
    accounts.push({ devices });
  }
  return accounts;
}

function planPairs(random: SeededRandom, accountCount: number): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [[0, 1]];
  for (let i = 2; i < accountCount; i++) pairs.push([random.integer(0, i - 1), i]);
  if (random.chance(0.1)) {
    const self = random.integer(0, accountCount - 1);
    pairs.push([self, self]);
  }
  return pairs;
}

function planActions(
  random: SeededRandom,
  accounts: readonly AccountPlan[],
  pairs: readonly (readonly [number, number])[],
  durationMs: number,
): Action[] {
  const actions: Action[] = [];
  const anyTime = () => random.integer(0, durationMs);
  const deviceOf = (account: number): DeviceIndex => ({
    account,
    device: random.integer(0, accounts[account]!.devices.length - 1),
  });
  const anyDevice = () => deviceOf(random.integer(0, accounts.length - 1));
  const side = (pair: readonly [number, number]) => {
    const way = random.integer(0, 1);
    return { by: deviceOf(pair[way]!), peer: pair[1 - way]! };
  };

  const placed = ({ by, peer }: ReturnType<typeof side>) => ({
    by,
    place: { kind: 'direct', peer } as const,
  });

  for (const [account, plan] of accounts.entries()) {
    for (const [device, { enrolAtMs }] of plan.devices.entries()) {
      actions.push({ atMs: enrolAtMs, kind: 'enrol', device: { account, device } });
    }
  }
  for (const pair of pairs) {
    const startMs = random.pick([0, 0, random.integer(0, Math.floor(durationMs / 4))]);
    actions.push({ atMs: startMs + 1, kind: 'open', ...side(pair) });
    // From both sides at once, or nearly.
    if (random.chance(0.5))
      actions.push({ atMs: startMs + random.integer(1, 60), kind: 'open', ...side(pair) });
    const rounds = random.integer(1, 6);
    for (let i = 0; i < rounds; i++) {
      const atMs =
        i === 0 ? startMs + random.integer(1, 100) : startMs + random.integer(1, durationMs - startMs - 1);
      const count = random.pick([1, 1, 1, 2, 5]);
      actions.push({ atMs, kind: 'send', ...placed(side(pair)), count, long: random.chance(0.1) });
      // Both sides at the same moment.
      if (random.chance(0.3))
        actions.push({ atMs, kind: 'send', ...placed(side(pair)), count: 1, long: false });
      if (random.chance(0.4)) actions.push({ atMs: anyTime(), kind: 'read', ...placed(side(pair)) });
      if (random.chance(0.2)) actions.push({ atMs: anyTime(), kind: 'type', ...side(pair) });
    }
  }
  const faultCount = random.integer(0, 6);
  for (let i = 0; i < faultCount; i++) {
    const atMs = anyTime();
    const forMs = random.integer(0, Math.floor(durationMs / 2));
    const kind = random.pick([
      'offline',
      'offline',
      'break',
      'sleep',
      'kill',
      'kill',
      'skew',
      'killServer',
      'killServer',
      'restartServer',
    ] as const);
    switch (kind) {
      case 'offline':
      case 'sleep':
      case 'kill':
        actions.push({ atMs, kind, device: anyDevice(), forMs });
        break;
      case 'break':
        actions.push({ atMs, kind, device: anyDevice() });
        break;
      case 'skew':
        actions.push({ atMs, kind, device: anyDevice(), byMs: random.integer(-3 * dayMs, 3 * dayMs) });
        break;
      case 'killServer':
        actions.push({ atMs, kind, forMs: Math.floor(forMs / 4) });
        break;
      case 'restartServer':
        actions.push({ atMs, kind });
        break;
      default:
        kind satisfies never;
    }
  }
  if (random.chance(0.08)) {
    const { by, peer } = side(random.pick(pairs));
    actions.push({
      atMs: random.integer(Math.floor(durationMs / 2), durationMs),
      kind: 'damageGroup',
      device: by,
      peer,
    });
  }
  return actions;
}

const plannedFaults: ReadonlySet<Action['kind']> = new Set([
  'offline',
  'break',
  'sleep',
  'kill',
  'skew',
  'damageGroup',
  'killServer',
  'restartServer',
]);
const departureKinds: ReadonlySet<Action['kind']> = new Set(['lose', 'loseAll', 'revoke']);

/** Whether messages disappear in it. */
export function hasTimers({ actions }: Plan): boolean {
  return actions.some(({ kind }) => kind === 'timer' || kind === 'defaultTimer');
}

/** One line that tells what a seed is about. */
export function describePlan(plan: Plan): string {
  const devices = plan.accounts.map((account) => account.devices.length).join('+');
  const faults = plan.actions.filter(({ kind }) => plannedFaults.has(kind)).length;
  const departures = plan.actions.filter(({ kind }) => departureKinds.has(kind)).map(({ kind }) => kind);
  return `${plan.suite}, devices ${devices}, ${plan.pairs.length} conversations, ${plan.groups.length} groups${hasTimers(plan) ? `, timers, away for ${plan.absenceMs / 1000} s` : ''}, network ${plan.networkName}, ${plan.durationMs / 1000} s, ${faults} planned faults${departures.map((kind) => `, ${kind}`).join('')}`;
}
