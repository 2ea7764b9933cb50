/**
 * Runs the simulation of one seed from its plan to its verdict (spec/simulator.md §A run): things happen and go
 * wrong; then faults stop, everyone writes once more and reads everything; then the checkers look.
 */
import { loadNodeProvider } from '@sotto/primitives/node';
import { checkAgreement } from '../checkers/checkAgreement.ts';
import { checkBlindness } from '../checkers/checkBlindness.ts';
import { checkCounters } from '../checkers/checkCounters.ts';
import { checkDelivery } from '../checkers/checkDelivery.ts';
import { checkDisappeared } from '../checkers/checkDisappeared.ts';
import { checkForks } from '../checkers/checkForks.ts';
import { checkGone } from '../checkers/checkGone.ts';
import { checkGroups } from '../checkers/checkGroups.ts';
import { checkHistoryOff } from '../checkers/checkHistoryOff.ts';
import { checkLogs } from '../checkers/checkLogs.ts';
import type { Observation, Violation } from '../checkers/observation.ts';
import type { FrameFilter } from './network.ts';
import { type Action, describePlan, type Plan, planSeed } from './plan.ts';
import { World } from './world.ts';

export interface SeedResult {
  readonly seed: number;
  /** What the seed is about, in a line. */
  readonly plan: string;
  readonly violations: readonly Violation[];
  /** The last lines of the trace, where something is wrong. */
  readonly trace: readonly string[];
  readonly statistics: Readonly<Record<string, number>>;
}

export interface RunOptions {
  /** Called with each line of the trace. */
  readonly print?: (line: string) => void;
  /** In place of the seed's own plan. */
  readonly plan?: Plan;
  /** For self-tests: what becomes of frames on their way to devices. */
  readonly filter?: FrameFilter;
  /** For self-tests: done to the world once faults have stopped and all has settled, and again before the checks. */
  readonly sabotage?: (world: World, moment: 'settled' | 'end') => void | Promise<void>;
}

const settleLimitMs = 600_000;
const traceTailLines = 60;
const provider = await loadNodeProvider();

export async function runSeed(seed: number, options: RunOptions = {}): Promise<SeedResult> {
  const plan = options.plan ?? planSeed(seed);
  const violations: Violation[] = [];
  const report = (kind: Violation['kind'], where: string, detail: string) =>
    violations.push({ kind, where, detail });
  const onRejection = (error: unknown) =>
    report('crashed', 'unhandled', error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.on('unhandledRejection', onRejection);

  let world: World | null = null;
  let statistics: Record<string, number> = {};
  try {
    world = await World.create({
      plan,
      provider,
      ...(options.filter === undefined ? {} : { filter: options.filter }),
      ...(options.print === undefined ? {} : { print: options.print }),
    });
    const observation = await live(world, options, (unrest) => report('stuck', 'world', unrest));
    violations.push(...judge(world, observation));
    statistics = count(world, observation);
  } catch (error) {
    report('crashed', 'simulation', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  // Rejections nobody handles are told of in a later turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onRejection);
  const trace = violations.length === 0 ? [] : (world?.trace.tail(traceTailLines) ?? []);
  world?.close();
  return { seed, plan: describePlan(plan), violations, trace, statistics };
}

/** From the first action to the last quiet. */
async function live(
  world: World,
  options: RunOptions,
  report: (unrest: string) => void,
): Promise<Observation> {
  const { plan, time } = world;
  const startMs = time.now();
  for (const action of plan.actions) time.schedule(action.atMs, () => perform(world, action));
  world.watch?.start();
  await time.runUntil(startMs + plan.durationMs + 1);
  world.stopFaults();
  world.replaceLost();
  await world.settle(settleLimitMs);
  if (plan.absenceMs > 0) {
    await world.beAway(plan.absenceMs);
    await world.settle(settleLimitMs);
  }
  await options.sabotage?.(world, 'settled');

  world.trace.note('world', 'everyone writes once more');
  const places = world.lastingPlaces();
  for (const { place, accounts } of places) {
    for (const account of accounts) {
      for (const device of world.devicesOf(account)) {
        const text = { messageId: world.messageId(), text: world.text(false), repeat: true, isLast: true };
        device.user.send({ ...text, place: place(account) });
      }
    }
  }
  await world.settle(settleLimitMs);
  for (const { place, accounts } of places) {
    for (const account of accounts) {
      const devices = world.devicesOf(account);
      const device = devices[world.random.integer(0, devices.length - 1)];
      device?.user.markRead(place(account));
    }
  }
  // What got lost on the way without a word may have been found out by what came later.
  const unrest = await world.settle(settleLimitMs);
  if (unrest !== null) report(unrest);
  await options.sabotage?.(world, 'end');
  return world.observe();
}

function perform(world: World, action: Action): void {
  switch (action.kind) {
    case 'enrol':
      world.enrol(action.device);
      return;
    case 'lose':
      world.device(action.device)?.lose();
      return;
    case 'loseAll':
      for (const device of world.devicesOf(action.account)) device.lose();
      return;
    case 'revoke': {
      const { account } = action.by;
      const by = world.device(action.by);
      const device = world.enrolled(action.device);
      if (by !== undefined && device !== undefined) world.revoke(account, by, device);
      return;
    }
    case 'open':
      world.device(action.by)?.user.open(world.accountId(action.peer));
      return;
    case 'send':
      for (let i = 0; i < action.count; i++) {
        world.device(action.by)?.user.send({
          messageId: world.messageId(),
          text: world.text(action.long),
          place: world.place(action.place),
          repeat: world.random.chance(0.5),
          isLast: false,
        });
      }
      return;
    case 'history': {
      const peer = action.peer === null ? null : world.accountId(action.peer);
      world.device(action.by)?.user.turnHistory(peer, action.on, action.isLast);
      return;
    }
    case 'read':
      world.device(action.by)?.user.markRead(world.place(action.place));
      return;
    case 'alter':
      world.device(action.by)?.user.alter(world.place(action.place), action.what, world);
      return;
    case 'createGroup': {
      const { members, sharesHistory } = world.plan.groups[action.group]!;
      const memberIds = members.map((account) => world.accountId(account));
      world
        .device(action.by)
        ?.user.createGroup(world.group(action.group), { memberIds, sharesHistory }, world);
      return;
    }
    case 'changeGroup': {
      const whom = world.accountId(action.whom);
      world.device(action.by)?.user.changeGroup(world.group(action.group), action.what, whom, world);
      return;
    }
    case 'timer':
      world.device(action.by)?.user.setTimer(world.place(action.place), action.seconds);
      return;
    case 'defaultTimer':
      world.device(action.by)?.user.setDefaultTimer(action.seconds);
      return;
    case 'type':
      world.device(action.by)?.user.type(world.accountId(action.peer), world.random);
      return;
    case 'keep':
      world.device(action.by)?.user.keep(world.accountId(action.peer), action.what, action.on);
      return;
    case 'offline':
      world.device(action.device)?.goOfflineFor(action.forMs);
      return;
    case 'break':
      world.device(action.device)?.breakConnection();
      return;
    case 'sleep':
      world.device(action.device)?.sleepFor(action.forMs);
      return;
    case 'kill':
      world.device(action.device)?.killFor(action.forMs);
      return;
    case 'skew':
      world.device(action.device)?.skewBy(action.byMs);
      return;
    case 'damageGroup':
      world.device(action.device)?.damageGroup(world.accountId(action.peer));
      return;
    case 'killServer':
      world.server.kill();
      world.time.schedule(action.forMs, () => void world.server.start());
      return;
    case 'restartServer':
      void world.server.stop().then(() => world.server.start());
      return;
  }
}

function judge(world: World, observation: Observation): Violation[] {
  const { secrets, exposed } = world.exposure();
  return [
    ...checkLogs(observation),
    ...checkDelivery(observation),
    ...checkForks(observation),
    ...checkGroups(observation),
    ...checkAgreement(observation),
    ...checkCounters(observation),
    ...checkGone(observation),
    ...checkHistoryOff(observation),
    ...checkDisappeared(observation),
    ...checkBlindness(secrets, exposed, { encodings: world.plan.seed % 10 === 0 ? 'all' : 'raw' }),
    ...world.devices.flatMap((device) =>
      device.user.faults.map((detail): Violation => ({ kind: 'crashed', where: device.name, detail })),
    ),
  ];
}

function count(world: World, { sent, logs }: Observation): Record<string, number> {
  const entries = logs.flatMap((log) => log.entries);
  return {
    devices: world.devices.length,
    texts: sent.length,
    entries: entries.length,
    commits: entries.filter((entry) => entry.kind === 'commit').length,
    crashes: world.devices.reduce((sum, device) => sum + device.crashes, 0),
    frames: world.network.frames.length,
    events: world.time.eventCount,
  };
}
