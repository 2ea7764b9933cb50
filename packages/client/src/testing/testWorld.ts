import { loadNodeProvider } from '@sotto/primitives/node';
import { DeliveryService, openMemoryDatabase, SqliteStore, unlimitedRates } from '@sotto/server';
import { StandInCallEngine } from '@sotto/server/testing';
import { createTestAccount, type TestAccount } from './testAccount.ts';
import { VirtualClock } from './virtualClock.ts';

const provider = await loadNodeProvider();

export type { TestAccount } from './testAccount.ts';
export type { FrameHook, TestDevice } from './testDevice.ts';

/** Several engines and the real delivery service in one process, in virtual time. */
export class TestWorld {
  readonly clock = new VirtualClock();
  readonly provider = provider;
  readonly #store: SqliteStore;
  readonly service: DeliveryService;
  /** Relays of group calls, without media. */
  readonly relays: StandInCallEngine;
  /** Endpoints at which a push service was asked to wake a device, in order. */
  readonly pushes: readonly string[];

  private constructor(
    store: SqliteStore,
    service: DeliveryService,
    clock: VirtualClock,
    pushes: readonly string[],
    relays: StandInCallEngine,
  ) {
    this.#store = store;
    this.service = service;
    this.clock = clock;
    this.pushes = pushes;
    this.relays = relays;
  }

  static async create(): Promise<TestWorld> {
    const clock = new VirtualClock();
    const store = new SqliteStore({ database: openMemoryDatabase(), defer: (run) => void setImmediate(run) });
    const pushes: string[] = [];
    const serverClock = {
      nowMs: () => clock.now(),
      schedule: (ms: number, run: () => void) => clock.schedule(ms, run),
      defer: (run: () => void) => void setImmediate(run),
    };
    const relays = new StandInCallEngine(serverClock);
    const service = await DeliveryService.open({
      store,
      clock: serverClock,
      callEngine: relays,
      random: { bytes: (size) => provider.randomBytes(size) },
      rates: unlimitedRates,
      pushSender: {
        key: provider.randomBytes(65),
        send: async (endpoint) => {
          pushes.push(endpoint);
          return 'sent';
        },
        stop() {},
      },
    });
    return new TestWorld(store, service, clock, pushes, relays);
  }

  addAccount(username: string): Promise<TestAccount> {
    return createTestAccount(this, this.#store, username);
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
