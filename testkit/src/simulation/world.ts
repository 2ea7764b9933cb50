/**
 * A simulated world: server, network, accounts and devices made from one seed (spec/simulator.md §A run).
 * Invariant: everything in it draws from that seed and runs in its one virtual time.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { insertDevice, migrate, storeChain } from '@sotto/client';
import { type Provider, suiteIds } from '@sotto/crypto';
import {
  type AccountId,
  AddDeviceRequestSchema,
  type ConversationId,
  type DeviceId,
  EntrySchema,
  idToBytes,
  type TransactionId,
} from '@sotto/protocol';
import type { Exposed, Secret } from '../checkers/checkBlindness.ts';
import type { Observation, SentText, ServerEntry, ServerLog } from '../checkers/observation.ts';
import { type ClientDisk, createClientDisk } from './clientDisk.ts';
import { createNetwork, type FrameFilter, type Network } from './network.ts';
import { type ObservedProvider, observeProvider } from './observedProvider.ts';
import { type DeviceIndex, type Plan, quietNetwork } from './plan.ts';
import { createSeededRandom, type SeededRandom } from './seededRandom.ts';
import { createSimulatedAccount, type EnrolledKeys, type SimulatedAccount } from './simulatedAccount.ts';
import { SimulatedDevice } from './simulatedDevice.ts';
import { createSimulatedProcess } from './simulatedProcess.ts';
import { createSimulatedServer, type SimulatedServer } from './simulatedServer.ts';
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
const signInRetryMs = 1000;
const settleStepMs = 4000;
const traceCapacity = 400;

interface LogHead {
  readonly head: number;
  readonly accounts: readonly AccountId[];
}

let emptyDisk: Uint8Array | null = null;

export class World {
  readonly plan: Plan;
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly server: SimulatedServer;
  readonly devices: SimulatedDevice[] = [];
  /** Words of texts: what the server must not come to see. */
  readonly #words: string[] = [];
  readonly #accounts: SimulatedAccount[] = [];
  readonly #enrolled = new Map<string, SimulatedDevice>();
  readonly #disks: ClientDisk[] = [];
  readonly #provider: ObservedProvider;
  /** Accounts grow their chains one entry at a time. */
  readonly #enrolments = new Map<number, Promise<void>>();
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

  device({ account, device }: DeviceIndex): SimulatedDevice | undefined {
    return this.#enrolled.get(nameOf({ account, device }));
  }

  accountId(index: number): AccountId {
    return this.#accounts[index]!.accountId;
  }

  /** A device comes to be: it is in its account's chain, and its engine starts. */
  enrol(index: DeviceIndex): void {
    const before = this.#enrolments.get(index.account) ?? Promise.resolve();
    this.#enrolling += 1;
    const enrolled = before.then(() => this.#enrol(index));
    this.#enrolments.set(index.account, enrolled);
    void enrolled.then(() => {
      this.#enrolling -= 1;
    });
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
    for (const device of this.devices) device.stopFaults();
  }

  /** Runs until everything has arrived everywhere, or `limitMs` have passed. */
  async settle(limitMs: number): Promise<boolean> {
    const endMs = this.time.now() + limitMs;
    let before: string | null = null;
    let unrest: string | null = null;
    while (this.time.now() < endMs) {
      await this.time.runUntil(this.time.now() + settleStepMs);
      const logs = this.#logHeads();
      const now = JSON.stringify([...logs].map(([id, { head }]) => [id, head]));
      unrest = this.#unrest(logs);
      if (unrest === null && now === before) return true;
      before = unrest === null ? now : null;
    }
    this.trace.note('world', `does not come to rest: ${unrest ?? 'the logs grow'}`);
    return false;
  }

  #unrest(logs: ReadonlyMap<ConversationId, LogHead>): string | null {
    if (this.#enrolling > 0) return 'a device is not enrolled';
    for (const device of this.devices) {
      const own = [...logs].filter(([, log]) => log.accounts.includes(device.accountId));
      const unrest = device.unrest(new Map(own.map(([id, log]) => [id, log.head])));
      if (unrest !== null) return `${device.name}: ${unrest}`;
    }
    return null;
  }

  async observe(): Promise<Observation> {
    const devices = [];
    for (const device of this.devices) devices.push(await this.#inTime(device.observe()));
    const sent: SentText[] = this.devices.flatMap((device) => device.sent);
    return { sent, logs: this.#readLogs(), devices };
  }

  /** What must not be found, and where it is looked for. */
  exposure(): { secrets: Secret[]; exposed: Exposed[] } {
    const encoder = new TextEncoder();
    const secrets = [
      ...this.#words.map((word) => ({ name: 'word of a text', bytes: encoder.encode(word) })),
      ...this.#provider.secrets(),
    ];
    const exposed = [
      { name: 'server database', bytes: this.server.database.serialize() },
      { name: 'server log', bytes: encoder.encode(this.server.log()) },
      ...this.network.frames.map((bytes) => ({ name: 'frame', bytes })),
    ];
    return { secrets, exposed };
  }

  close(): void {
    for (const device of this.devices) device.kill();
    this.server.kill();
    for (const disk of this.#disks) disk.close();
    this.server.close();
  }

  async #enrol(index: DeviceIndex): Promise<void> {
    const account = this.#accounts[index.account]!;
    const nowMs = Math.floor(this.time.now());
    const enrolled = await account.enrol(nowMs);
    if (enrolled.isFirst) await this.#register(account, enrolled, nowMs);
    else await this.#addDevice(account, enrolled);
    const { deviceId } = enrolled.keys;
    const disk = await this.#prepareDisk(account, enrolled);
    const name = nameOf(index);
    const random = this.random.fork(name);
    const device = new SimulatedDevice({
      name,
      accountId: account.accountId,
      deviceId,
      disk,
      time: this.time,
      trace: this.trace,
      random,
      link: this.network.link(name, random.fork('link')),
      server: this.server,
      provider: this.#provider.provider,
      suite: this.plan.suite === 'hybrid' ? suiteIds.hybridChaCha20 : suiteIds.x25519ChaCha20,
      skewMs: this.plan.accounts[index.account]!.devices[index.device]!.skewMs,
      faults: this.plan.clientFaults,
      maxCommitDelayMs: this.plan.maxCommitDelayMs,
    });
    this.trace.note(name, `is device ${deviceId.slice(0, 8)} of account ${account.accountId.slice(0, 8)}`);
    this.devices.push(device);
    this.#enrolled.set(name, device);
    device.start();
    if (!this.#faulty) device.stopFaults();
  }

  #register(account: SimulatedAccount, { keys, entry }: EnrolledKeys, nowMs: number): Promise<void> {
    const { deviceId, signingKey } = keys;
    return this.server.register((store) =>
      store.createAccount({
        accountId: account.accountId,
        username: account.username,
        registrationRecord: 'none',
        vault: new Uint8Array(1),
        chainEntry: { seq: 0, body: entry.body, signature: entry.signature },
        device: { deviceId, signatureKey: signingKey.publicKey, notAfterMs: 0 },
        inviteTokenHash: null,
        inviteNeeded: false,
        nowMs,
      }),
    );
  }

  /** The sign-in method itself, repeated until it is answered. */
  #addDevice(account: SimulatedAccount, { entry }: EnrolledKeys): Promise<void> {
    const request = create(AddDeviceRequestSchema, {
      accountId: idToBytes(account.accountId),
      chainEntry: entry,
    });
    const payload = toBinary(AddDeviceRequestSchema, request);
    return new Promise((resolve, reject) => {
      let done = false;
      const attempt = () => {
        if (done) return;
        void this.server.signIn('AddDevice', payload).then((answer) => {
          if (answer.kind === 'answer') {
            done = true;
            resolve();
          } else if (answer.kind === 'error' && answer.error.code !== 'unavailable') {
            done = true;
            reject(new Error(`AddDevice was refused: ${answer.error.code}`));
          }
        });
        this.time.schedule(signInRetryMs, attempt);
      };
      attempt();
    });
  }

  async #prepareDisk(account: SimulatedAccount, { keys, credential }: EnrolledKeys): Promise<ClientDisk> {
    const disk = createClientDisk();
    this.#disks.push(disk);
    if (emptyDisk !== null) disk.restore(emptyDisk);
    const faultless = { nextFault: () => 'none' as const, commitDelayMs: () => 0, crashed: () => {} };
    const database = await disk.mount(createSimulatedProcess(this.time), faultless).open();
    if (emptyDisk === null) {
      await migrate(database);
      emptyDisk = disk.serialize();
    }
    await database.transaction((sql) => {
      insertDevice(sql, {
        accountId: account.accountId,
        deviceId: keys.deviceId,
        username: account.username,
        seed: keys.seed,
        credential,
        serverId: this.#serverId(),
        lockKey: this.#provider.provider.randomBytes(32),
        state: 'enrolled',
      });
      storeChain(sql, account.username, account.chain, 0, account.entries);
    });
    return disk;
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

  /** As a device learns it when it signs in. */
  #serverId(): Uint8Array {
    const row = this.server.database.prepare("SELECT value FROM setting WHERE name = 'server_id'").get();
    return row?.value as Uint8Array;
  }

  #logHeads(): Map<ConversationId, LogHead> {
    const rows = this.server.database
      .prepare(
        `SELECT log.number, log.id, (SELECT max(seq) FROM entry WHERE entry.log = log.number) AS head
         FROM log JOIN conversation ON conversation.log = log.number`,
      )
      .all();
    return new Map(
      rows.map((row) => [
        (row.id as Uint8Array).toHex() as ConversationId,
        { head: row.head as number, accounts: this.#accountsOf(row.number as number) },
      ]),
    );
  }

  #accountsOf(log: number): AccountId[] {
    return this.server.database
      .prepare(
        `SELECT DISTINCT account.id FROM member_device JOIN account ON account.number = member_device.account
         WHERE conversation = ?`,
      )
      .all(log)
      .map((row) => (row.id as Uint8Array).toHex() as AccountId);
  }

  #readLogs(): ServerLog[] {
    const { database } = this.server;
    const conversations = database
      .prepare('SELECT log.number, log.id, epoch FROM log JOIN conversation ON conversation.log = log.number')
      .all();
    return conversations.map((row) => ({
      conversationId: (row.id as Uint8Array).toHex() as ConversationId,
      accounts: this.#accountsOf(row.number as number),
      epoch: row.epoch as number,
      entries: database
        .prepare('SELECT bytes FROM entry WHERE log = ? ORDER BY seq')
        .all(row.number as number)
        .map((entry) => decodeEntry(entry.bytes as Uint8Array)),
    }));
  }
}

function nameOf({ account, device }: DeviceIndex): string {
  return `${String.fromCharCode(65 + account)}${device + 1}`;
}

function decodeEntry(bytes: Uint8Array): ServerEntry {
  const entry = fromBinary(EntrySchema, bytes);
  const commit = entry.kind.case === 'commit' ? entry.kind.value : null;
  const ids = (members: readonly { deviceId: Uint8Array }[] = []) =>
    members.map((member) => member.deviceId.toHex() as DeviceId);
  return {
    seq: Number(entry.seq),
    kind: commit === null ? 'message' : 'commit',
    messageId: entry.transactionId.toHex() as TransactionId,
    sender: entry.senderDevice.toHex() as DeviceId,
    epoch: Number(entry.epoch),
    added: ids(commit?.added),
    removed: ids(commit?.removed),
  };
}
