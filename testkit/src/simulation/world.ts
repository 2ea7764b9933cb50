/**
 * A simulated world: server, network, accounts and devices made from one seed (spec/simulator.md §A run).
 * Invariant: everything in it draws from that seed and runs in its one virtual time. Over 400 lines, because who makes a
 * world and who observes it read the same devices, server and plan.
 */
import { type Provider, suiteIds } from '@sotto/crypto';
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import type { Exposed, Secret } from '../checkers/checkBlindness.ts';
import type {
  DisappearingRecord,
  GoneDevice,
  Observation,
  ReadEntry,
  SentText,
} from '../checkers/observation.ts';
import { type DisappearingWatch, watchDisappearing } from './disappearingWatch.ts';
import { createSignInRoute, enrolFirst, enrolFurther } from './enrolDevice.ts';
import { createNetwork, type FrameFilter, type Network } from './network.ts';
import { storedGroup } from './observeConversation.ts';
import { type ObservedProvider, observeProvider } from './observedProvider.ts';
import { type DeviceIndex, hasTimers, type PlacePlan, type Plan, quietNetwork } from './plan.ts';
import { createSeededRandom, type SeededRandom } from './seededRandom.ts';
import { type LogHead, readLogHeads, readServerLogs } from './serverRecords.ts';
import { createSimulatedAccount, type SimulatedAccount } from './simulatedAccount.ts';
import { SimulatedDevice } from './simulatedDevice.ts';
import { createSimulatedServer, type SimulatedServer } from './simulatedServer.ts';
import type { SimulatedGroup, UserPlace } from './simulatedUser.ts';
import { readWithStolenDisk } from './stolenDisk.ts';
import { createTrace, type Trace } from './trace.ts';
import { createVirtualTime, type VirtualTime } from './virtualTime.ts';

export interface WorldOptions {
  readonly plan: Plan;
  readonly provider: Provider;
  readonly filter?: FrameFilter;
  readonly print?: (line: string) => void;
}

/** Far more than any plan needs. */
const maxEvents = 400_000;
const startMs = Date.UTC(2026, 10, 23);
const settleStepMs = 4000;
const traceCapacity = 400;

export class World {
  readonly plan: Plan;
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly server: SimulatedServer;
  readonly devices: SimulatedDevice[] = [];
  /** Null: nobody sets a timer. */
  readonly watch: DisappearingWatch | null;
  /** Words of texts: what the server must not come to see. */
  readonly #words: string[] = [];
  /** By index of the plan: which conversation of which device a group is. */
  readonly #made = new Map<number, { readonly by: DeviceId; readonly conversationId: ConversationId }>();
  readonly #accounts: SimulatedAccount[] = [];
  readonly #enrolled = new Map<string, SimulatedDevice>();
  /** Timers of policies, by log and epoch. */
  readonly #policies = new Map<string, DisappearingRecord['policies'][number]>();
  readonly #provider: ObservedProvider;
  /** For what no device does. */
  readonly #plainProvider: Provider;
  /** The first device of an account brings the account. */
  readonly #registrations = new Map<number, Promise<void>>();
  #enrolling = 0;
  #faulty = true;

  private constructor({ plan, provider, filter, print }: WorldOptions) {
    this.plan = plan;
    this.time = createVirtualTime(startMs, maxEvents);
    this.trace = createTrace({
      now: () => this.time.now(),
      startMs,
      capacity: traceCapacity,
      ...(print === undefined ? {} : { print }),
    });
    this.random = createSeededRandom(plan.seed, 'world');
    this.network = createNetwork(this.time, this.trace, plan.network, filter);
    this.server = createSimulatedServer(this.time, this.network, this.trace, this.random.fork('server'));
    this.#plainProvider = provider;
    this.watch = hasTimers(plan)
      ? watchDisappearing(
          this.time,
          () => this.devices,
          () => this.letPassingGo(),
        )
      : null;
    this.#provider = observeProvider(provider, this.random.fork('provider'));
  }

  static async create(options: WorldOptions): Promise<World> {
    const world = new World(options);
    await world.server.start();
    world.server.setCrashChance(options.plan.serverCrashChance);
    for (let i = 0; i < options.plan.accounts.length; i++) {
      world.#accounts.push(await createSimulatedAccount(world.#provider.provider, `user${i}`));
    }
    return world;
  }

  /** Undefined where it is not there yet, or no longer. */
  device({ account, device }: DeviceIndex): SimulatedDevice | undefined {
    const found = this.enrolled({ account, device });
    return found === undefined || found.gone !== null ? undefined : found;
  }

  /** The same, also where it is lost or removed. */
  enrolled(index: DeviceIndex): SimulatedDevice | undefined {
    return this.#enrolled.get(nameOf(index));
  }

  /** Devices in use. */
  get present(): SimulatedDevice[] {
    return this.devices.filter((device) => device.gone === null);
  }

  devicesOf(account: number): SimulatedDevice[] {
    return this.present.filter((device) => device.accountId === this.accountId(account));
  }

  accountId(index: number): AccountId {
    return this.#accounts[index]!.accountId;
  }

  place(place: PlacePlan): UserPlace {
    if (place.kind === 'direct') return { kind: 'direct', peer: this.accountId(place.peer) };
    return { kind: 'group', group: this.group(place.group) };
  }

  /** A group of the plan. */
  group(index: number): SimulatedGroup {
    return {
      logId: () => {
        const made = this.#made.get(index);
        const maker = this.devices.find(({ deviceId }) => deviceId === made?.by);
        return made === undefined || maker === undefined ? null : maker.logOf(made.conversationId);
      },
      made: (by, conversationId) => void this.#made.set(index, { by, conversationId }),
    };
  }

  /** Conversations at the server with the accounts (by index) that are in them, and may write. */
  lastingPlaces(): { readonly accounts: readonly number[]; place(account: number): UserPlace }[] {
    const heads = readLogHeads(this.server.database);
    const direct = this.plan.pairs.map((pair) => ({
      accounts: [...new Set(pair)],
      place: (account: number) =>
        this.place({ kind: 'direct', peer: account === pair[0] ? pair[1] : pair[0] }),
    }));
    const groups = this.plan.groups.map((_, index) => {
      const place = this.place({ kind: 'group', group: index });
      const logId = place.kind === 'group' ? place.group.logId() : null;
      const accounts = logId === null ? [] : (heads.get(logId)?.accounts ?? []);
      const isIn = (account: number) => accounts.includes(this.accountId(account));
      return { accounts: [...this.plan.accounts.keys()].filter(isIn), place: () => place };
    });
    return [...direct, ...groups];
  }

  /** A device comes to be: it is in its account's chain, and its engine starts. */
  enrol(index: DeviceIndex): void {
    this.#enrolling += 1;
    const registered = this.#registrations.get(index.account);
    const enrolled =
      registered === undefined
        ? this.#enrol(index, enrolFirst)
        : registered.then(() => this.#enrol(index, enrolFurther));
    if (registered === undefined) this.#registrations.set(index.account, enrolled);
    void enrolled.then(() => {
      this.#enrolling -= 1;
    });
  }

  /** A user without a device left signs in on a new one. */
  replaceLost(): void {
    for (const [account, plan] of this.plan.accounts.entries()) {
      if (this.devicesOf(account).length > 0) continue;
      let device = plan.devices.length;
      while (this.#enrolled.has(nameOf({ account, device }))) device += 1;
      this.enrol({ account, device });
    }
  }

  /** `by` takes `device` out of their account, as soon as it can. */
  revoke(account: number, by: SimulatedDevice, device: SimulatedDevice): void {
    by.user.revoke(device.deviceId, { kind: 'recoveryCode', code: this.#accounts[account]!.recoveryCode });
  }

  /** A text of words that occur nowhere else. */
  text(long: boolean): string {
    const words = Array.from({ length: long ? 400 : this.random.integer(1, 4) }, () => this.#word());
    this.#words.push(...words.slice(0, 4));
    return words.join(' ');
  }

  messageId(): TransactionId {
    return this.random.bytes(16).toHex() as TransactionId;
  }

  stopFaults(): void {
    this.trace.note('world', 'faults stop');
    this.#faulty = false;
    this.network.conditions = quietNetwork;
    this.server.setCrashChance(0);
    void this.server.start();
    for (const device of this.present) device.stopFaults();
  }

  /** As the server does regularly. One that crashes meanwhile does it when it is back. */
  letPassingGo(): void {
    this.server
      .letPassingGo()
      .catch((error: unknown) => this.trace.note('server', `lets nothing go: ${error}`));
  }

  /** Everybody has switched everything off for that long; the server runs. */
  async beAway(forMs: number): Promise<void> {
    this.trace.note('world', `everybody is away for ${forMs} ms`);
    this.watch?.stop();
    for (const device of this.present) device.killFor(forMs);
    await this.time.runUntil(this.time.now() + forMs - 1);
    this.letPassingGo();
    this.watch?.start();
    await this.time.runUntil(this.time.now() + 1);
  }

  /** Runs until everything has arrived everywhere (null), or `limitMs` have passed: what has not come to rest. */
  async settle(limitMs: number): Promise<string | null> {
    const endMs = this.time.now() + limitMs;
    let before: string | null = null;
    let unrest: string | null = null;
    while (this.time.now() < endMs) {
      await this.time.runUntil(this.time.now() + settleStepMs);
      const logs = readLogHeads(this.server.database);
      const now = JSON.stringify([...logs].map(([id, { head }]) => [id, head]));
      unrest = this.#unrest(logs);
      if (unrest === null && now === before) {
        this.trace.note('world', 'all is quiet');
        this.watch?.quiet();
        return null;
      }
      before = unrest === null ? now : null;
    }
    const what = `does not come to rest: ${unrest ?? 'the logs grow'}`;
    this.trace.note('world', what);
    return what;
  }

  #unrest(logs: ReadonlyMap<ConversationId, LogHead>): string | null {
    if (this.#enrolling > 0) return 'a device is not enrolled';
    for (const device of this.present) {
      if (this.server.removedAtMs.has(device.deviceId))
        return `${device.name} does not know that it was removed`;
      const own = [...logs].filter(([, log]) => log.accounts.includes(device.accountId));
      const unrest = device.unrest(new Map(own.map(([id, log]) => [id, log.head])));
      if (unrest !== null) return `${device.name}: ${unrest}`;
    }
    return null;
  }

  async observe(): Promise<Observation> {
    if (this.watch !== null) await this.#inTime(this.server.letPassingGo());
    const devices = [];
    const groups = readServerLogs(this.server.database).filter(({ kind }) => kind === 'group');
    for (const device of this.present) {
      // Whoever is out of a group still has what was on the disk.
      const isOutside = groups.some(({ accounts }) => !accounts.includes(device.accountId));
      const canRead = isOutside ? await this.#readWithDiskOf(device) : [];
      devices.push(await this.#inTime(device.observe(canRead)));
    }
    const gone: GoneDevice[] = [];
    for (const device of this.devices) {
      if (device.gone !== null) gone.push(await this.#observeGone(device, device.gone));
    }
    const sent: SentText[] = this.devices.flatMap((device) => device.user.sent);
    const disappearing = this.#disappearing(sent);
    return { sent, logs: readServerLogs(this.server.database), devices, gone, disappearing };
  }

  #disappearing(sent: readonly SentText[]): DisappearingRecord | null {
    if (this.watch === null) return null;
    const firstWord = (text: string) => text.split(' ', 1)[0]!;
    const words = new Map(
      sent.map(({ messageId, text, edits }) => [messageId, [text, ...edits].map(firstWord)]),
    );
    const wishes = this.devices.flatMap((device) =>
      device.user.wishes.map(({ conversationId, seconds }) => ({
        device: device.deviceId,
        conversationId: device.logOf(conversationId),
        seconds,
      })),
    );
    const begun = this.devices.flatMap((device) =>
      device.user.begun.map(({ conversationId, askedMs }) => ({
        device: device.deviceId,
        conversationId: device.logOf(conversationId),
        askedMs,
      })),
    );
    const defaults = this.devices.flatMap((device) =>
      device.user.defaults.map((one) => ({ device: device.deviceId, account: device.accountId, ...one })),
    );
    const policies = [...this.#policies.values()];
    const { network, maxCommitDelayMs } = this.plan;
    const lagMs = Math.max(network.maxDelayMs, quietNetwork.maxDelayMs) + maxCommitDelayMs;
    return this.watch.record({ lagMs, policies, wishes, defaults, begun }, words);
  }

  /** Policies of groups as they are stored, before anything else is done in their epochs. */
  #notePolicies({ disk }: SimulatedDevice): void {
    const groups = disk.all(
      `SELECT g.conversation AS key, g.epoch, g.suite, c.log_id FROM group_state g
       JOIN conversation c ON c.key = g.conversation WHERE c.log_id IS NOT NULL`,
    );
    for (const { key, epoch, suite, log_id: logId } of groups) {
      const name = `${logId} ${epoch}`;
      if (this.#policies.has(name)) continue;
      const group = storedGroup(this.#plainProvider, disk, Number(key), Number(suite));
      if (group === null) continue;
      const conversationId = logId as ConversationId;
      const seconds = group.policy.timerSeconds;
      this.#policies.set(name, { conversationId, epoch: Number(epoch), seconds });
    }
  }

  async #observeGone(device: SimulatedDevice, kind: GoneDevice['kind']): Promise<GoneDevice> {
    const { name, deviceId, accountId } = device;
    const removedAtMs = this.server.removedAtMs.get(deviceId) ?? null;
    const largestSentBytes = removedAtMs === null ? 0 : device.largestSentAfter(removedAtMs);
    const canRead = await this.#readWithDiskOf(device);
    return { name, deviceId, accountId, kind, removedAtMs, largestSentBytes, canRead };
  }

  #readWithDiskOf({ disk, accountId }: SimulatedDevice): Promise<readonly ReadEntry[]> {
    const nowMs = Math.floor(this.time.now());
    return readWithStolenDisk(this.#plainProvider, disk, accountId, this.server.database, nowMs);
  }

  /** What must not be found, and where it is looked for. */
  exposure(): { secrets: Secret[]; exposed: Exposed[] } {
    const encoder = new TextEncoder();
    const publicValues = new Set(
      this.#accounts.flatMap((account) => account.publicValues.map((bytes) => bytes.toHex())),
    );
    const secrets = [
      ...this.#words.map((word) => ({ name: 'word of a text', bytes: encoder.encode(word) })),
      ...this.#provider.secrets().filter(({ bytes }) => !publicValues.has(bytes.toHex())),
    ];
    const exposed = [
      { name: 'server database', bytes: this.server.database.serialize() },
      { name: 'server log', bytes: encoder.encode(this.server.log()) },
      ...this.network.frames.map((bytes) => ({ name: 'frame', bytes })),
      ...this.server.signInTraffic.map((bytes) => ({ name: 'sign-in', bytes })),
    ];
    return { secrets, exposed };
  }

  close(): void {
    for (const device of this.devices) device.kill();
    this.server.kill();
    for (const device of this.devices) device.disk.close();
    this.server.close();
  }

  async #enrol(index: DeviceIndex, enrol: typeof enrolFirst): Promise<void> {
    const account = this.#accounts[index.account]!;
    const { provider } = this.#provider;
    const skewMs = this.plan.accounts[index.account]!.devices[index.device]?.skewMs ?? 0;
    const { disk, deviceId } = await enrol(
      { time: this.time, server: this.server, provider, skewMs },
      account,
    );
    const name = nameOf(index);
    const random = this.random.fork(name);
    const device: SimulatedDevice = new SimulatedDevice({
      name,
      accountId: account.accountId,
      deviceId,
      disk,
      time: this.time,
      trace: this.trace,
      random,
      link: this.network.link(name, random.fork('link')),
      signIn: createSignInRoute(this.time, this.server),
      provider,
      suite: this.plan.suite === 'hybrid' ? suiteIds.hybridChaCha20 : suiteIds.x25519ChaCha20,
      skewMs,
      faults: this.plan.clientFaults,
      farEntries: this.plan.farEntries,
      maxCommitDelayMs: this.plan.maxCommitDelayMs,
      committed: () => {
        if (this.watch !== null) this.#notePolicies(device);
      },
    });
    this.trace.note(name, `is device ${deviceId.slice(0, 8)} of account ${account.accountId.slice(0, 8)}`);
    this.devices.push(device);
    this.#enrolled.set(name, device);
    device.start();
    if (!this.#faulty) device.stopFaults();
  }

  /** Lets time run while something is waited for. */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const watched = work.finally(() => {
      done = true;
    });
    watched.catch(() => {});
    for (let i = 0; i < 1000 && !done; i++) await this.time.runUntil(this.time.now() + 1);
    if (!done) throw new Error('A query is not answered');
    return watched;
  }

  #word(): string {
    return Array.from({ length: 11 }, () => String.fromCharCode(97 + this.random.integer(0, 25))).join('');
  }
}

function nameOf({ account, device }: DeviceIndex): string {
  return `${String.fromCharCode(65 + account)}${device + 1}`;
}
