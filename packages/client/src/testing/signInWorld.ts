import { suiteIds } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import { DeliveryService, openMemoryDatabase, SqliteStore, unlimitedRates } from '@sotto/server';
import type { OwnAccountView, SessionView, SottoApi } from '../api.ts';
import { type Engine, openEngine } from '../engine/openEngine.ts';
import type { SignInAnswer } from '../ports.ts';
import { TestProfile } from './testProfile.ts';
import { VirtualClock } from './virtualClock.ts';

const provider = await loadNodeProvider();
const password = 'correct horse battery';

/** Browsers and the real delivery service in virtual time, with sign-in as it is: passwords are stretched. */
interface Running {
  readonly engine: Engine;
  /** From now on nothing reaches it or comes from it. */
  kill(): void;
  isKilled(): boolean;
}

export class SignInWorld {
  readonly clock = new VirtualClock();
  readonly provider = provider;
  readonly password = password;
  readonly store: SqliteStore;
  readonly service: DeliveryService;
  readonly #engines = new Map<SottoApi, Running>();
  /** What becomes of a sign-in request. */
  answer: (method: string, payload: Uint8Array) => Promise<SignInAnswer>;

  private constructor(store: SqliteStore, service: DeliveryService, clock: VirtualClock) {
    this.store = store;
    this.service = service;
    this.clock = clock;
    this.answer = (method, payload) => service.signIn(method, payload);
  }

  static async create(): Promise<SignInWorld> {
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
    return new SignInWorld(store, service, clock);
  }

  /** A browser's engine. `system`: what the browser calls itself. */
  async open(profile = new TestProfile(), system = 'Test on Node'): Promise<SottoApi> {
    const { clock, service } = this;
    let isKilled = false;
    const connections = new Set<() => void>();
    const engine = await openEngine({
      clock,
      provider,
      databases: profile,
      system,
      tuning: { suite: suiteIds.x25519ChaCha20, keyPackages: 2 },
      transport: {
        signIn: async (method, payload) => {
          const given = isKilled ? null : await this.answer(method, payload);
          return given === null || isKilled ? new Promise(() => {}) : given;
        },
        connect: (events) => {
          let isOpen = !isKilled;
          if (isKilled) return { send: () => undefined, close: () => undefined };
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
          const close = (): void => {
            isOpen = false;
            server?.closed();
          };
          connections.add(close);
          return { send: (bytes) => clock.schedule(1, () => isOpen && server?.receive(bytes)), close };
        },
      },
    });
    const kill = (): void => {
      isKilled = true;
      for (const close of connections) close();
    };
    this.#engines.set(engine.api, { engine, kill, isKilled: () => isKilled });
    return engine.api;
  }

  /** A new account in this browser, online. */
  async register(profile: TestProfile, username: string): Promise<{ api: SottoApi; recoveryCode: string }> {
    const api = await this.open(profile);
    const { recoveryCode } = await this.ok(api.register({ username, password }));
    await this.online(api);
    return { api, recoveryCode };
  }

  /** The process ends in order. */
  async end(api: SottoApi): Promise<void> {
    await this.#engines.get(api)?.engine.close();
  }

  /**
   * The process ends at once, while `work` has it send the first request of this method: before the server has that, or
   * after the server has carried it out.
   */
  async crash(
    api: SottoApi,
    method: string,
    moment: 'before' | 'after',
    work: Promise<unknown>,
  ): Promise<void> {
    const send = this.answer;
    let isCrashed = false;
    this.answer = async (asked, payload) => {
      if (asked !== method || isCrashed) return send(asked, payload);
      const given = moment === 'after' ? await send(asked, payload) : null;
      this.#engines.get(api)?.kill();
      isCrashed = true;
      return given ?? { kind: 'unreachable' };
    };
    work.catch(() => undefined);
    await this.clock.until(() => isCrashed, 'the process ends');
    this.answer = send;
  }

  async endAll(): Promise<void> {
    for (const { engine, isKilled } of this.#engines.values()) if (!isKilled()) await engine.close();
  }

  session(api: SottoApi): SessionView {
    let seen: SessionView = { kind: 'starting' };
    api.watch({ kind: 'session' }, (view) => {
      seen = view;
    })();
    return seen;
  }

  signedIn(api: SottoApi): Extract<SessionView, { kind: 'signedIn' }> {
    const view = this.session(api);
    if (view.kind !== 'signedIn') throw new Error(`not signed in: ${view.kind}`);
    return view;
  }

  async online(api: SottoApi): Promise<void> {
    let kind = '';
    const stop = api.watch({ kind: 'connection' }, (view) => {
      kind = view.kind;
    });
    await this.clock.until(() => kind === 'online', 'online');
    stop();
  }

  /** Lets time pass, at most `limitMs` of it, until the command has its answer. */
  async outcome<T>(work: Promise<T>, limitMs?: number): Promise<T> {
    let isDone = false;
    const mark = (): void => {
      isDone = true;
    };
    work.then(mark, mark);
    await this.clock.until(() => isDone, 'the answer', limitMs);
    return work;
  }

  /** The same; it must be `ok`. */
  async ok<T>(work: Promise<{ kind: 'ok'; value: T } | { kind: 'problem'; problem: unknown }>): Promise<T> {
    const result = await this.outcome(work);
    if (result.kind === 'problem') throw new Error(JSON.stringify(result.problem));
    return result.value;
  }

  /** Own account, once `holds` of it. */
  async account(
    api: SottoApi,
    holds: (view: OwnAccountView) => boolean = () => true,
  ): Promise<OwnAccountView> {
    for (let attempt = 0; attempt < 20; attempt++) {
      const view = await this.ok(api.readOwnAccount());
      if (holds(view)) return view;
      await this.clock.pass(50);
    }
    throw new Error('It never came to be');
  }

  /** What was done to the account, the newest first. */
  async log(api: SottoApi): Promise<OwnAccountView['securityLog'][number]['kind'][]> {
    return (await this.account(api)).securityLog.map(({ kind }) => kind);
  }
}
