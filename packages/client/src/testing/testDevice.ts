import { suiteIds } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import type { AccountId, ConversationId } from '@sotto/protocol';
import type { DeliveryService } from '@sotto/server';
import type { ConnectionView, ConversationView, MessageView, SessionView, SottoApi } from '../api.ts';
import { type Engine, openEngine } from '../engine/openEngine.ts';
import type { ConnectionEvents, Platform, SignInAnswer } from '../ports.ts';
import type { TestDisk } from './faultyDatabase.ts';
import { createTestMedia, type TestFiles } from './testMedia.ts';
import type { VirtualClock } from './virtualClock.ts';

const provider = await loadNodeProvider();
const latencyMs = 5;

/** What devices of one world share. */
export interface TestPlace {
  readonly clock: VirtualClock;
  readonly service: DeliveryService;
}

/** What becomes of a frame on its way; null: lost. */
export type FrameHook = (frame: Uint8Array) => readonly Uint8Array[];
const pass: FrameHook = (frame) => [frame];

export class TestDevice {
  readonly disk: TestDisk;
  readonly accountId: AccountId;
  readonly #world: TestPlace;
  #engine: Engine | null = null;
  #isOnline = true;
  #connection: { break(): void } | null = null;
  /** How far its clock is off. */
  clockErrorMs = 0;
  /** How far behind logs have to be to be read from their end; null: as devices do. */
  farEntries: { readonly inAll: number; readonly inOne: number } | null = null;
  /** What it can keep files in; null: it neither sends nor fetches any. */
  files: TestFiles | null = null;
  toServer: FrameHook = pass;
  toDevice: FrameHook = pass;
  /** What becomes of a sign-in request: `send` has it carried out. */
  toSignIn: (send: () => Promise<SignInAnswer>, method: string) => Promise<SignInAnswer> = (send) => send();
  /** What should never come to be, whatever is done to the device. */
  readonly faults: unknown[] = [];
  session: SessionView = { kind: 'starting' };
  connection: ConnectionView = { kind: 'connecting' };
  conversations: readonly ConversationView[] = [];

  constructor(world: TestPlace, disk: TestDisk, accountId: AccountId) {
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
    return this.#world.clock.until(() => this.connection.kind === 'online', 'the device is online');
  }

  async open(peer: { readonly accountId: AccountId } | AccountId): Promise<ConversationId> {
    const opened = await this.api.openDirectConversation(typeof peer === 'string' ? peer : peer.accountId);
    if (opened.kind === 'problem') throw new Error(opened.problem.kind);
    return opened.value;
  }

  async find(account: { readonly username: string }): Promise<void> {
    let isFound = false;
    void this.api.findAccount(account.username).then(
      ({ kind }) => {
        isFound = kind === 'ok';
      },
      () => undefined,
    );
    await this.#world.clock.until(() => isFound, 'the account is found');
  }

  /** Finds the account and opens the conversation with it. */
  async meet(account: { readonly accountId: AccountId; readonly username: string }): Promise<ConversationId> {
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
    await this.#world.clock.until(
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
    const { disk, farEntries, files } = this;
    const notUsed = () => Promise.reject(new Error('Not used'));
    return {
      clock: {
        now: () => clock.now() + this.clockErrorMs,
        schedule: (delayMs, run) => clock.schedule(delayMs, run),
      },
      provider,
      fault: (error) => this.faults.push(error),
      tuning: {
        suite: suiteIds.x25519ChaCha20,
        keyPackages: 3,
        ...(farEntries === null ? {} : { farEntries }),
      },
      databases: {
        open: async () => disk.open(),
        locked: async () => [],
        lock: async () => undefined,
        unlock: notUsed,
        discard: notUsed,
      },
      transport: {
        signIn: (method, payload) => this.toSignIn(() => service.signIn(method, payload), method),
        connect: (events) => this.#connect(events),
      },
      ...(files === null ? {} : { media: createTestMedia(service, files, () => this.#isOnline) }),
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
