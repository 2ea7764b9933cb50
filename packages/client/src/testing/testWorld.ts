import {
  type AccountSecrets,
  createAccountSecrets,
  createChain,
  createDevice,
  createDeviceCredential,
  extendChain,
  suiteIds,
  type VerifiedChain,
} from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import { type AccountId, type ChainEntry, type ConversationId, idToBytes } from '@sotto/protocol';
import { DeliveryService, openMemoryDatabase, SqliteStore, unlimitedRates } from '@sotto/server';
import { insertDevice } from '../account/deviceTable.ts';
import { insertHistoryKey } from '../account/historyKeyTable.ts';
import type { ConnectionView, ConversationView, MessageView, SessionView, SottoApi } from '../api.ts';
import { migrate } from '../database/migrate.ts';
import { storeChain } from '../directory/chainTable.ts';
import { type Engine, openEngine } from '../engine/openEngine.ts';
import type { ConnectionEvents, Platform } from '../ports.ts';
import { callSignIn, signInMethods } from '../signIn/signInCall.ts';
import { TestDisk } from './faultyDatabase.ts';
import { VirtualClock } from './virtualClock.ts';

const provider = await loadNodeProvider();
const latencyMs = 5;

/** Several engines and the real delivery service in one process, in virtual time. */
export class TestWorld {
  readonly clock = new VirtualClock();
  readonly provider = provider;
  readonly #store: SqliteStore;
  readonly service: DeliveryService;

  private constructor(store: SqliteStore, service: DeliveryService, clock: VirtualClock) {
    this.#store = store;
    this.service = service;
    this.clock = clock;
  }

  static async create(): Promise<TestWorld> {
    const clock = new VirtualClock();
    const store = new SqliteStore({ database: openMemoryDatabase(), defer: (run) => void setImmediate(run) });
    const service = await DeliveryService.open({
      store,
      clock: {
        nowMs: () => clock.now(),
        schedule: (ms, run) => clock.schedule(ms, run),
        defer: (run) => void setImmediate(run),
      },
      random: { bytes: (size) => provider.randomBytes(size) },
      rates: unlimitedRates,
    });
    return new TestWorld(store, service, clock);
  }

  /** An account past sign-in, without a password: its stretching would take longer than the test. */
  async addAccount(username: string): Promise<TestAccount> {
    const accountId = provider.randomBytes(16).toHex() as AccountId;
    const { secrets, historyPublicKey } = await createAccountSecrets(provider);
    return new TestAccount(this, accountId, username, secrets, historyPublicKey, this.#store);
  }

  /** Lets time pass until `work` is done. */
  async result<T>(work: Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
    let result: { readonly value: T } | { readonly error: unknown } | null = null;
    work.then(
      (value) => {
        result = { value };
      },
      (error: unknown) => {
        result = { error };
      },
    );
    await this.until(() => result !== null, 'the command is answered');
    return result ?? { error: null };
  }

  until(holds: () => boolean, what: string, limitMs?: number): Promise<void> {
    return this.clock.until(holds, what, limitMs);
  }
}

export class TestAccount {
  readonly accountId: AccountId;
  readonly username: string;
  readonly #world: TestWorld;
  readonly #secrets: AccountSecrets;
  readonly #historyPublicKey: Uint8Array;
  readonly #store: SqliteStore;
  readonly #entries: ChainEntry[] = [];
  #chain: VerifiedChain | null = null;

  constructor(
    world: TestWorld,
    accountId: AccountId,
    username: string,
    secrets: AccountSecrets,
    historyPublicKey: Uint8Array,
    store: SqliteStore,
  ) {
    this.#world = world;
    this.accountId = accountId;
    this.username = username;
    this.#secrets = secrets;
    this.#historyPublicKey = historyPublicKey;
    this.#store = store;
  }

  /** A new device of the account, started and connected. `prepare`: before it connects. */
  async addDevice(prepare: (device: TestDevice) => void = () => undefined): Promise<TestDevice> {
    const keys = await createDevice(provider);
    const { accountId, username } = this;
    const { identitySeed } = this.#secrets;
    const device = { deviceId: keys.deviceId, signatureKey: keys.signingKey.publicKey, notAfterMs: null };
    const nowMs = this.#world.clock.now();
    const extended =
      this.#chain === null
        ? await createChain(provider, {
            accountId,
            identitySeed,
            historyPublicKey: this.#historyPublicKey,
            device,
            nowMs,
          })
        : await extendChain(provider, {
            identitySeed,
            chain: this.#chain,
            change: { kind: 'addDevice', device },
            nowMs,
          });
    if (extended.kind === 'refused') throw new Error(extended.reason);
    const { entry, chain } = extended;
    if (this.#chain === null) {
      await this.#store.createAccount({
        accountId,
        username,
        registrationRecord: 'none',
        vault: new Uint8Array(1),
        chainEntry: { seq: 0, body: entry.body, signature: entry.signature },
        device: { deviceId: keys.deviceId, signatureKey: keys.signingKey.publicKey, notAfterMs: 0 },
        inviteTokenHash: null,
        inviteNeeded: false,
        nowMs,
      });
    } else await this.#append(entry);
    this.#chain = chain;
    this.#entries.push(entry);

    const disk = new TestDisk();
    const database = disk.open();
    await migrate(database);
    const credential = await createDeviceCredential(provider, identitySeed, chain, keys.deviceId);
    await database.transaction((sql) => {
      insertDevice(sql, {
        accountId,
        deviceId: keys.deviceId,
        username,
        seed: keys.seed,
        credential,
        serverId: this.#world.service.serverId,
        lockKey: provider.randomBytes(32),
        state: 'enrolled',
      });
      insertHistoryKey(sql, this.#secrets.historyPrivateKey);
      storeChain(sql, username, chain, 0, this.#entries);
    });
    const made = new TestDevice(this.#world, disk, this.accountId);
    prepare(made);
    await made.start();
    return made;
  }

  /** Takes a device out of the chain, as another one of the account would. */
  async removeDevice(
    deviceId: VerifiedChain['devices'] extends ReadonlyMap<infer Id, unknown> ? Id : never,
  ): Promise<void> {
    if (this.#chain === null) throw new Error('No device');
    const extended = await extendChain(provider, {
      identitySeed: this.#secrets.identitySeed,
      chain: this.#chain,
      change: { kind: 'removeDevice', deviceId },
      nowMs: this.#world.clock.now(),
    });
    if (extended.kind === 'refused') throw new Error(extended.reason);
    await this.#append(extended.entry);
    this.#chain = extended.chain;
    this.#entries.push(extended.entry);
  }

  async #append(entry: ChainEntry): Promise<void> {
    const result = await callSignIn(
      {
        signIn: (method, payload) => this.#world.service.signIn(method, payload),
        connect: () => {
          throw new Error('Not used');
        },
      },
      signInMethods.addDevice,
      { accountId: idToBytes(this.accountId), chainEntry: entry },
    );
    if (result.kind !== 'answer') throw new Error(`AddDevice: ${JSON.stringify(result)}`);
  }
}

/** What becomes of a frame on its way; null: lost. */
export type FrameHook = (frame: Uint8Array) => readonly Uint8Array[];
const pass: FrameHook = (frame) => [frame];

export class TestDevice {
  readonly disk: TestDisk;
  readonly accountId: AccountId;
  readonly #world: TestWorld;
  #engine: Engine | null = null;
  #isOnline = true;
  #connection: { break(): void } | null = null;
  toServer: FrameHook = pass;
  toDevice: FrameHook = pass;
  session: SessionView = { kind: 'starting' };
  connection: ConnectionView = { kind: 'connecting' };
  conversations: readonly ConversationView[] = [];

  constructor(world: TestWorld, disk: TestDisk, accountId: AccountId) {
    this.#world = world;
    this.disk = disk;
    this.accountId = accountId;
  }

  get api(): SottoApi {
    if (this.#engine === null) throw new Error('The engine is not running');
    return this.#engine.api;
  }

  async start(): Promise<void> {
    const engine = await openEngine(this.#platform());
    this.#engine = engine;
    engine.api.watch({ kind: 'session' }, (view) => {
      if (this.#engine === engine) this.session = view;
    });
    engine.api.watch({ kind: 'connection' }, (view) => {
      if (this.#engine === engine) this.connection = view;
    });
    engine.api.watch({ kind: 'conversations' }, (view) => {
      if (this.#engine === engine) this.conversations = view;
    });
  }

  /** The process ends as if killed: whatever it still does reaches neither network nor test. */
  async crash(): Promise<void> {
    const engine = this.#engine;
    this.#engine = null;
    this.#connection?.break();
    await engine?.close();
  }

  async restart(): Promise<void> {
    await this.crash();
    this.disk.repair();
    await this.start();
  }

  goOffline(): void {
    this.#isOnline = false;
    this.#connection?.break();
  }

  goOnline(): void {
    this.#isOnline = true;
    this.#engine?.hurry();
  }

  breakConnection(): void {
    this.#connection?.break();
  }

  online(): Promise<void> {
    return this.#world.until(() => this.connection.kind === 'online', 'the device is online');
  }

  async open(peer: TestAccount | AccountId): Promise<ConversationId> {
    const opened = await this.api.openDirectConversation(typeof peer === 'string' ? peer : peer.accountId);
    if (opened.kind === 'problem') throw new Error(opened.problem.kind);
    return opened.value;
  }

  async find(account: TestAccount): Promise<void> {
    const found = await this.#world.result(this.api.findAccount(account.username));
    if (!('value' in found) || found.value.kind !== 'ok') throw new Error('The account was not found');
  }

  /** Finds the account and opens the conversation with it. */
  async meet(account: TestAccount): Promise<ConversationId> {
    await this.find(account);
    return this.open(account);
  }

  messages(
    conversationId: ConversationId | undefined = this.conversations[0]?.conversationId,
  ): Promise<MessageView[]> {
    if (conversationId === undefined) return Promise.resolve([]);
    return this.api.readMessages({ conversationId, limit: 500 }).then((page) => [...page.messages]);
  }

  async texts(conversationId?: ConversationId): Promise<string[]> {
    return (await this.messages(conversationId)).flatMap(({ body }) =>
      body.kind === 'text' ? [body.text] : [],
    );
  }

  /** Waits until the thread's texts are these, in this order. */
  async shows(texts: readonly string[], conversationId?: ConversationId): Promise<void> {
    let shown: string[] = [];
    let isReading = false;
    await this.#world.until(
      () => {
        if (!isReading) {
          isReading = true;
          void this.texts(conversationId).then((now) => {
            shown = now;
            isReading = false;
          });
        }
        return shown.join('\n') === texts.join('\n');
      },
      `it shows ${texts.join(', ')}`,
    );
  }

  #platform(): Platform {
    const { clock, service } = this.#world;
    const { disk } = this;
    const notUsed = () => Promise.reject(new Error('Not used'));
    return {
      clock,
      provider,
      tuning: { suite: suiteIds.x25519ChaCha20, keyPackages: 3 },
      databases: {
        open: async () => disk.open(),
        locked: async () => [],
        lock: async () => undefined,
        unlock: notUsed,
        discard: notUsed,
      },
      transport: {
        signIn: (method, payload) => service.signIn(method, payload),
        connect: (events) => this.#connect(events),
      },
    };
  }

  #connect(events: ConnectionEvents): { send(bytes: Uint8Array): void; close(): void } {
    const { clock, service } = this.#world;
    let state: 'connecting' | 'open' | 'closed' = 'connecting';
    let server: ReturnType<DeliveryService['connect']> = null;
    const end = (code: number | null): void => {
      if (state === 'closed') return;
      state = 'closed';
      clock.schedule(0, () => server?.closed());
      clock.schedule(0, () => events.closed(code));
    };
    clock.schedule(latencyMs, () => {
      if (state === 'closed') return;
      if (!this.#isOnline) return end(null);
      state = 'open';
      events.open();
      server = service.connect({
        send: (frame) => {
          for (const passed of this.toDevice(frame)) {
            clock.schedule(latencyMs, () => {
              if (state === 'open') events.frame(passed);
            });
          }
        },
        close: (code) => clock.schedule(latencyMs, () => end(code)),
        bufferedBytes: () => 0,
      });
    });
    this.#connection = { break: () => end(null) };
    return {
      send: (bytes) => {
        for (const passed of this.toServer(bytes)) {
          clock.schedule(latencyMs, () => {
            if (state === 'open') server?.receive(passed);
          });
        }
      },
      close: () => {
        if (state === 'closed') return;
        state = 'closed';
        clock.schedule(0, () => server?.closed());
      },
    };
  }
}
