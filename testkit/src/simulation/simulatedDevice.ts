/**
 * One device of the simulation: the real engine on simulated ports, killed and started again on the same disk
 * (spec/simulator.md §Devices). Invariant: nothing a dead engine still does reaches disk, network or checkers.
 */
import {
  type ConversationView,
  type Engine,
  openEngine,
  type Platform,
  type ServerTransport,
} from '@sotto/client';
import type { Provider, SuiteId } from '@sotto/crypto';
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import type { DeviceState, ShownConversation } from '../checkers/observation.ts';
import type { ClientDisk, TransactionFault } from './clientDisk.ts';
import type { NetworkLink } from './network.ts';
import { observeConversation, readAlarms } from './observeConversation.ts';
import type { Plan } from './plan.ts';
import type { SeededRandom } from './seededRandom.ts';
import { createSimulatedProcess, type SimulatedProcess } from './simulatedProcess.ts';
import { describeError, SimulatedUser } from './simulatedUser.ts';
import { createThreadMirror, type ThreadMirror } from './threadMirror.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtualTime.ts';

export interface SimulatedDeviceOptions {
  readonly name: string;
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly disk: ClientDisk;
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly random: SeededRandom;
  readonly link: NetworkLink;
  readonly signIn: ServerTransport['signIn'];
  readonly provider: Provider;
  readonly suite: SuiteId;
  readonly skewMs: number;
  readonly faults: Plan['clientFaults'];
  readonly farEntries: Plan['farEntries'];
  readonly maxCommitDelayMs: number;
  /** After each of its transactions. */
  readonly committed: () => void;
}

interface Run {
  readonly process: SimulatedProcess;
  engine: Engine | null;
  mirror: ThreadMirror | null;
  online: boolean;
  conversations: readonly ConversationView[];
}

const keyPackages = 3;
const maxRestartDelayMs = 5000;

export class SimulatedDevice {
  readonly name: string;
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly user: SimulatedUser;
  crashes = 0;
  /** `lost`: with its disk. `removed`: its engine has stopped because its account no longer lists it. */
  gone: 'lost' | 'removed' | null = null;
  /** When it came online, and when its clock was moved. */
  readonly onlineMs: number[] = [];
  readonly clockMoves: { readonly atMs: number; readonly byMs: number }[] = [];
  readonly #options: SimulatedDeviceOptions;
  #skewMs: number;
  #run: Run | null = null;
  #faulty = true;
  #sabotaged = false;
  #startsFromMs = 0;
  #asleep = false;

  constructor(options: SimulatedDeviceOptions) {
    this.name = options.name;
    this.accountId = options.accountId;
    this.deviceId = options.deviceId;
    this.#options = options;
    this.#skewMs = options.skewMs;
    this.user = new SimulatedUser({
      deviceId: options.deviceId,
      accountId: options.accountId,
      time: options.time,
      isGone: () => this.gone !== null,
      running: () => {
        const run = this.#run;
        if (run === null || run.engine === null || this.#asleep) return null;
        return { engine: run.engine, isAlive: () => run.process.alive && this.#run === run };
      },
      note: (what) => this.#note(what),
      conversationOf: (logId) => this.conversationOf(logId),
    });
  }

  /** For sabotage, and for who finds it. */
  get disk(): ClientDisk {
    return this.#options.disk;
  }

  /** As this device knows the conversation with that log. */
  conversationOf(logId: ConversationId): ConversationId | null {
    const [row] = this.disk.all('SELECT conversation_id FROM conversation WHERE log_id = ?', logId);
    return (row?.conversation_id ?? null) as ConversationId | null;
  }

  /** The log of a conversation of this device; null: the server has none yet. */
  logOf(conversationId: ConversationId): ConversationId | null {
    const [row] = this.disk.all(
      `SELECT log_id FROM conversation WHERE conversation_id = ? AND state <> 'waiting'`,
      conversationId,
    );
    return (row?.log_id ?? null) as ConversationId | null;
  }

  /** Size of the largest frame that the server sent to it after `atMs`. */
  largestSentAfter(atMs: number): number {
    return this.#options.link.largestSentAfter(atMs);
  }

  get online(): boolean {
    return this.#run?.online ?? false;
  }

  get looks(): SimulatedUser['looks'] {
    return this.user.looks;
  }

  /** The run of its engine; null: it does not run, or sleeps. */
  awake(): object | null {
    return this.#run?.engine != null && !this.#asleep ? this.#run : null;
  }

  /** Whether a view that is open all the time shows the text. */
  shows(conversationId: ConversationId, messageId: TransactionId): boolean {
    return this.#run?.mirror?.shows(conversationId, messageId) ?? false;
  }

  /** Starts the engine, unless it runs or is kept from it. */
  start(): void {
    if (this.#run !== null || this.gone !== null) return;
    if (this.#options.time.now() < this.#startsFromMs) return;
    const process = createSimulatedProcess(this.#options.time);
    const run: Run = { process, engine: null, mirror: null, online: false, conversations: [] };
    this.#run = run;
    if (this.#asleep) process.sleep();
    this.#open(run).catch((error: unknown) => {
      if (!process.alive) return;
      this.#note(`the engine did not start: ${describeError(error)}`);
      this.#ended(run);
    });
  }

  kill(): void {
    const run = this.#run;
    if (run === null) return;
    run.process.kill();
    this.#run = null;
    this.crashes += 1;
    this.#options.link.breakNow();
  }

  /** Kills the engine and keeps it from starting for `forMs`. */
  killFor(forMs: number): void {
    this.#note(`killed for ${forMs} ms`);
    this.kill();
    this.#startsFromMs = Math.max(this.#startsFromMs, this.#options.time.now() + forMs);
    this.#options.time.schedule(forMs, () => this.start());
  }

  sleepFor(forMs: number): void {
    this.#note(`sleeps for ${forMs} ms`);
    this.#asleep = true;
    this.#run?.process.sleep();
    this.#options.time.schedule(forMs, () => this.#wake());
  }

  goOfflineFor(forMs: number): void {
    this.#note(`offline for ${forMs} ms`);
    this.#options.link.setOnline(false);
    this.#options.time.schedule(forMs, () => this.#options.link.setOnline(true));
  }

  breakConnection(): void {
    this.#options.link.breakNow();
  }

  skewBy(byMs: number): void {
    this.#skewMs += byMs;
    this.clockMoves.push({ atMs: this.#options.time.now(), byMs });
  }

  /** Makes the stored group of the conversation with `peer` unusable, as a failing disk might. */
  damageGroup(peer: AccountId): void {
    const { disk } = this.#options;
    const [row] = disk.all(
      'SELECT g.conversation AS key FROM group_state g JOIN conversation c ON c.key = g.conversation WHERE c.peer_id = ?',
      peer,
    );
    if (row === undefined) return;
    this.#note('its group state is damaged');
    this.#sabotaged = true;
    this.kill();
    disk.write(
      'UPDATE group_record SET value = zeroblob(40) WHERE conversation = ? AND section = 0',
      row.key ?? null,
    );
    this.start();
  }

  /** From here on nothing goes wrong any more. */
  stopFaults(): void {
    this.#faulty = false;
    this.#startsFromMs = 0;
    this.#options.link.setOnline(true);
    this.#wake();
    this.start();
  }

  /** Nobody has it any more, nor what was stored on it. */
  lose(): void {
    if (this.gone !== null) return;
    this.#note('is lost');
    this.gone = 'lost';
    this.kill();
  }

  /** What keeps this device from rest, or null: something waits to be sent or told, or an entry to be taken. */
  unrest(heads: ReadonlyMap<ConversationId, number>): string | null {
    if (this.gone !== null) return null;
    const { disk } = this.#options;
    if (!this.online) return 'not online';
    const [work] = disk.all(
      `SELECT (SELECT count(*) FROM outbox) AS outbox, (SELECT count(*) FROM pending_commit) AS commits,
         (SELECT count(*) FROM conversation WHERE state <> 'removed' AND (own_read > told_read OR own_delivered > told_delivered)) AS receipts,
         (SELECT count(*) FROM own_item WHERE due_at_ms IS NOT NULL) AS items,
         (SELECT count(*) FROM group_change WHERE failed IS NULL) AS changes,
         (SELECT count(*) FROM timer_wish WHERE problem IS NULL AND conversation NOT IN
           (SELECT conversation FROM group_info WHERE ended IS NOT NULL)) AS timers`,
    );
    for (const [what, count] of Object.entries(work ?? {})) if (count !== 0) return `${count} of ${what}`;
    const rows = disk.all(
      `SELECT log_id, cursor, (SELECT ended FROM group_info WHERE conversation = key) AS ended FROM conversation`,
    );
    const cursors = new Map(rows.map((row) => [row.log_id, row.cursor]));
    // Who has left reads no further, and has to be taken out: checkGroups looks after that.
    const left = new Set(rows.filter(({ ended }) => ended === 'left').map((row) => row.log_id));
    for (const [id, head] of heads) {
      if (left.has(id)) continue;
      if (cursors.get(id) !== head) return `at ${cursors.get(id)} of ${head} in ${id.slice(0, 8)}`;
    }
    return null;
  }

  /** What the checkers are shown. */
  async observe(canRead: DeviceState['canRead']): Promise<DeviceState> {
    const run = this.#run;
    const conversations: ShownConversation[] = [];
    if (run?.engine && run.mirror) {
      const { disk, provider } = this.#options;
      const device = { api: run.engine.api, disk, provider, mirror: run.mirror };
      for (const view of run.conversations) conversations.push(await observeConversation(device, view));
    }
    return {
      name: this.name,
      deviceId: this.deviceId,
      accountId: this.accountId,
      online: this.online,
      sabotaged: this.#sabotaged,
      historyOffWith: [...this.user.historyOffWith],
      alarms: run === null ? [] : readAlarms(this.#options.disk),
      conversations,
      canRead,
    };
  }

  async #open(run: Run): Promise<void> {
    const { process } = run;
    const engine = await openEngine(this.#platform(run));
    if (!process.alive) return;
    run.engine = engine;
    const mirror = createThreadMirror(engine.api, () => process.alive);
    run.mirror = mirror;
    const watched =
      <T>(act: (value: T) => void) =>
      (value: T) => {
        if (process.alive) act(value);
      };
    engine.api.watch(
      { kind: 'connection' },
      watched((view) => {
        if (view.kind === 'online' && !run.online) this.onlineMs.push(this.#options.time.now());
        run.online = view.kind === 'online';
      }),
    );
    engine.api.watch(
      { kind: 'conversations' },
      watched((view) => {
        run.conversations = view;
        for (const { conversationId } of view) mirror.follow(conversationId);
      }),
    );
    engine.api.watch(
      { kind: 'session' },
      watched((view) => {
        if (view.kind !== 'stopped') return;
        this.#note(`the engine stopped: ${view.reason}`);
        if (view.reason === 'deviceRemoved') this.gone = 'removed';
        this.#ended(run);
      }),
    );
  }

  #platform({ process }: Run): Platform {
    const { time, disk, link, signIn, provider, suite, random, faults, maxCommitDelayMs, farEntries } =
      this.#options;
    const databases = disk.mount(process, {
      nextFault: () => (this.#faulty ? drawFault(random, faults) : 'none'),
      commitDelayMs: () => (this.#faulty && maxCommitDelayMs > 0 ? random.integer(0, maxCommitDelayMs) : 0),
      committed: this.#options.committed,
      crashed: () => {
        this.#note('crashes at a transaction');
        if (this.#run?.process === process) this.kill();
        this.#restartSoon();
      },
      threw: (error) => this.#note(`the engine threw at its disk: ${describeError(error)}`),
    });
    return {
      clock: { now: () => Math.floor(time.now() + this.#skewMs), schedule: process.schedule },
      provider,
      databases,
      tuning: { suite, keyPackages, ...(farEntries === null ? {} : { farEntries }) },
      transport: {
        connect: (events) => link.connect(process, events),
        signIn,
      },
    };
  }

  /** The engine gave up by itself: the user starts it again. */
  #ended(run: Run): void {
    if (this.#run === run) this.kill();
    this.#restartSoon();
  }

  #restartSoon(): void {
    const { time, random } = this.#options;
    time.schedule(random.integer(0, maxRestartDelayMs), () => this.start());
  }

  #wake(): void {
    this.#asleep = false;
    this.#run?.process.wake();
  }

  #note(what: string): void {
    this.#options.trace.note(this.name, what);
  }
}

function drawFault(random: SeededRandom, chances: Plan['clientFaults']): TransactionFault {
  for (const fault of ['crashBefore', 'crashAfter', 'failBefore', 'failAfter'] as const) {
    if (chances[fault] > 0 && random.chance(chances[fault])) return fault;
  }
  return 'none';
}
