import { suiteIds } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import { DeliveryService, openMemoryDatabase, SqliteStore, unlimitedRates } from '@sotto/server';
import type { SessionView, SottoApi } from '../api.ts';
import { type Engine, openEngine } from '../engine/openEngine.ts';
import type { SignInAnswer } from '../ports.ts';
import { TestProfile } from './testProfile.ts';
import { VirtualClock } from './virtualClock.ts';

const provider = await loadNodeProvider();

/** Engines that sign in by themselves at the real delivery service, in one process and virtual time. */
export class AccountWorld {
  readonly clock: VirtualClock;
  readonly provider = provider;
  readonly store: SqliteStore;
  readonly service: DeliveryService;
  readonly #engines = new Map<SottoApi, Engine>();
  /** What becomes of a sign-in request. */
  answer: (method: string, payload: Uint8Array) => Promise<SignInAnswer>;

  private constructor(clock: VirtualClock, store: SqliteStore, service: DeliveryService) {
    this.clock = clock;
    this.store = store;
    this.service = service;
    this.answer = (method, payload) => service.signIn(method, payload);
  }

  static async create(): Promise<AccountWorld> {
    const clock = new VirtualClock();
    const defer = (run: () => void) => void setImmediate(run);
    const store = new SqliteStore({ database: openMemoryDatabase(), defer });
    const service = await DeliveryService.open({
      store,
      clock: { nowMs: () => clock.now(), schedule: (ms, run) => clock.schedule(ms, run), defer },
      random: { bytes: (size) => provider.randomBytes(size) },
      rates: unlimitedRates,
    });
    return new AccountWorld(clock, store, service);
  }

  async close(): Promise<void> {
    for (const engine of this.#engines.values()) await engine.close();
  }

  /** The engine ends as if its process did: what it was doing goes nowhere. */
  async crash(api: SottoApi): Promise<void> {
    await this.#engines.get(api)?.close();
    this.#engines.delete(api);
  }

  /** An engine on a browser profile. `system`: what it calls itself. */
  async open(profile = new TestProfile(), system = 'Test on Node'): Promise<SottoApi> {
    const { clock, service } = this;
    const engine = await openEngine({
      clock,
      provider,
      databases: profile,
      system,
      tuning: { suite: suiteIds.x25519ChaCha20, keyPackages: 2 },
      transport: {
        signIn: (method, payload) => this.answer(method, payload),
        connect: (events) => {
          let isOpen = true;
          const server = service.connect({
            send: (frame) => clock.schedule(1, () => isOpen && events.frame(frame)),
            close: (code) =>
              clock.schedule(1, () => {
                if (!isOpen) return;
                isOpen = false;
                events.closed(code);
              }),
            bufferedBytes: () => 0,
          });
          clock.schedule(0, () => isOpen && events.open());
          return {
            send: (bytes) => clock.schedule(1, () => isOpen && server?.receive(bytes)),
            close: () => {
              isOpen = false;
              server?.closed();
            },
          };
        },
      },
    });
    this.#engines.set(engine.api, engine);
    return engine.api;
  }

  session(api: SottoApi): SessionView {
    let seen: SessionView = { kind: 'starting' };
    api.watch({ kind: 'session' }, (view) => {
      seen = view;
    })();
    return seen;
  }

  async online(api: SottoApi): Promise<void> {
    let kind = '';
    const stop = api.watch({ kind: 'connection' }, (view) => {
      kind = view.kind;
    });
    await this.clock.until(() => kind === 'online', 'online');
    stop();
  }

  /** Lets time pass, at most `limitMs` of it, until `work` is done. */
  async result<T>(work: Promise<T>, limitMs?: number): Promise<T> {
    let isDone = false;
    const settle = () => {
      isDone = true;
    };
    work.then(settle, settle);
    await this.clock.until(() => isDone, 'the answer', limitMs);
    return work;
  }

  /** The same for a command, whose answer must be `ok`. */
  async ok<T>(work: Promise<{ kind: 'ok'; value: T } | { kind: 'problem'; problem: unknown }>): Promise<T> {
    const outcome = await this.result(work);
    if (outcome.kind === 'problem') throw new Error(JSON.stringify(outcome.problem));
    return outcome.value;
  }
}
