import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type AuthenticateRequest,
  type AuthenticateResponse,
  closeCodes,
  decodeWireError,
  Connection as Methods,
  type Push,
  RequestSchema,
  type Response,
  type WireError,
} from '@sotto/protocol';
import { type Deadline, startDeadline, timeLeftMs } from '../device/deadline.ts';
import type { Clock, ConnectionHandle, ServerTransport } from '../ports.ts';
import { decodeMessage, decodeServerFrame } from './decodeFrame.ts';
import { retryDelayMs } from './retryDelay.ts';

/** What a call came to. `lost`: no answer, and it may or may not have been carried out. */
export type CallResult<Value> =
  | { readonly kind: 'answer'; readonly value: Value }
  | { readonly kind: 'error'; readonly error: WireError }
  | { readonly kind: 'lost' };

export type ConnectionPhase =
  | { readonly kind: 'offline'; readonly retryAtMs: number | null }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'authenticated' };

export interface ConnectionListener {
  /** Signs the challenge. */
  authenticate(nonce: Uint8Array, serverId: Uint8Array): Promise<AuthenticateRequest | null>;
  ready(response: AuthenticateResponse): void;
  push(push: Push): void;
  phase(phase: ConnectionPhase): void;
  /** The server will not have this device (any more): no further try. */
  refused(reason: 'deviceRemoved' | 'accountClosed' | 'anotherOwner'): void;
}

/** No answer for this long: the connection is taken for dead. */
const answerTimeoutMs = 30_000;
/** Nothing heard for so long: the server is asked whether it is there. */
const silenceMs = 30_000;
/** And it is taken for gone where it says nothing at all for this long after. */
const probeTimeoutMs = 15_000;
/** Platforms' timers are not so late while a device is awake: its clock was set, or it slept. */
const clockSetMs = 120_000;
/** Below the server's `limits.requestsInFlight`. */
const callsInFlight = 48;
/** A limit that is over so soon is waited for here; of longer ones the caller is told. */
const shortLimitMs = 2_000;
const limitedWaitMs = 500;
const limitedTries = 20;

function isShortLimit(result: CallResult<unknown>): boolean {
  const isLimit = result.kind === 'error' && result.error.code === 'rate_limited';
  return isLimit && (result.error.retryAfterMs ?? 0) <= shortLimitMs;
}

interface Call {
  readonly settle: (response: Response | null) => void;
  readonly stopTimer: () => void;
}
interface Open {
  readonly handle: ConnectionHandle;
  readonly calls: Map<number, Call>;
  /** Until when to authenticate; from then on, when to look whether the server is still heard. */
  stopTimer: () => void;
  /** When the device's clock will be at that. */
  timerAtMs: number;
  authenticated: boolean;
  silentAt: Deadline;
  isProbing: boolean;
  nextId: number;
}

/**
 * The one connection to the server, opened again whenever it is lost (spec/client.md §Connection). Frames that
 * do not decode or come out of turn end the connection: what follows them cannot be trusted to be in order.
 */
export class Connection {
  readonly #clock: Clock;
  readonly #transport: ServerTransport;
  readonly #randomByte: () => number;
  readonly #listener: ConnectionListener;
  #open: Open | null = null;
  #attempt = 0;
  #stopRetry: (() => void) | null = null;
  #started = false;
  #inFlight = 0;
  readonly #queue: (() => void)[] = [];
  /** The last of those that take turns, because the server had too many requests; null: nobody does. */
  #limited: Promise<void> | null = null;

  constructor(
    clock: Clock,
    transport: ServerTransport,
    randomByte: () => number,
    listener: ConnectionListener,
  ) {
    this.#clock = clock;
    this.#transport = transport;
    this.#randomByte = randomByte;
    this.#listener = listener;
  }

  get isReady(): boolean {
    return this.#open?.authenticated === true;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#connect();
  }

  stop(): void {
    this.#started = false;
    this.#stopRetry?.();
    this.#stopRetry = null;
    const open = this.#open;
    if (open === null) return;
    open.handle.close();
    this.#release(open);
    this.#listener.phase({ kind: 'offline', retryAtMs: null });
  }

  /** The connection does what it should: the next loss starts from the shortest delay. */
  settled(): void {
    this.#attempt = 0;
  }

  /**
   * The page came back, or the network: tries at once instead of at the end of the delay, and where there is a
   * connection, asks whether it still is one.
   */
  hurry(): void {
    if (this.#open?.authenticated === true) {
      if (this.#isClockSet(this.#open)) this.abandon();
      else this.#probe(this.#open);
    }
    if (this.#stopRetry === null) return;
    this.#stopRetry();
    this.#connect();
  }

  /** Ends the connection over something the server did; the next is opened after a delay. */
  abandon(): void {
    const open = this.#open;
    if (open === null) return;
    open.handle.close();
    this.#lost(open);
  }

  async call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<CallResult<MessageShape<O>>> {
    if (this.#inFlight >= callsInFlight) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#inFlight += 1;
    try {
      const open = this.#open;
      if (open === null || !open.authenticated) return { kind: 'lost' };
      const result = this.#limited === null ? await this.#send(open, method, request) : null;
      if (result !== null && !isShortLimit(result)) return result;
      return await this.#inTurn(() => this.#sendPatiently(open, method, request));
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#inFlight -= 1;
      else next();
    }
  }

  /** One at a time, from the first refusal for too many requests until nobody waits any more. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = (this.#limited ?? Promise.resolve()).then(work);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#limited = settled;
    void settled.then(() => {
      if (this.#limited === settled) this.#limited = null;
    });
    return turn;
  }

  /** Waits as the server asks, and long enough to be refused seldom: refusals count as offences. */
  async #sendPatiently<I extends DescMessage, O extends DescMessage>(
    open: Open,
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<CallResult<MessageShape<O>>> {
    for (let attempt = 1; ; attempt++) {
      if (this.#open !== open) return { kind: 'lost' };
      const result = await this.#send(open, method, request);
      if (!isShortLimit(result) || attempt === limitedTries) return result;
      await new Promise<void>((resolve) => this.#clock.schedule(limitedWaitMs, resolve));
    }
  }

  async #send<I extends DescMessage, O extends DescMessage>(
    open: Open,
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<CallResult<MessageShape<O>>> {
    const id = open.nextId++;
    const payload = toBinary(method.input, create(method.input, request));
    const answered = new Promise<Response | null>((settle) => {
      const stopTimer = this.#clock.schedule(answerTimeoutMs, () => {
        if (this.#open === open) this.abandon();
      });
      open.calls.set(id, { settle, stopTimer });
    });
    open.handle.send(toBinary(RequestSchema, create(RequestSchema, { id, method: method.name, payload })));
    const response = await answered;
    if (response === null) return { kind: 'lost' };
    if (response.result.case === 'error')
      return { kind: 'error', error: decodeWireError(response.result.value) };
    const value =
      response.result.case === 'payload' ? decodeMessage(method.output, response.result.value) : null;
    if (value === null) {
      if (this.#open === open) this.abandon();
      return { kind: 'lost' };
    }
    return { kind: 'answer', value };
  }

  #connect(): void {
    this.#stopRetry = null;
    this.#listener.phase({ kind: 'connecting' });
    let open: Open | null = null;
    const handle = this.#transport.connect({
      open: () => undefined,
      frame: (bytes) => {
        if (open !== null && this.#open === open) this.#frame(open, bytes);
      },
      closed: (code) => {
        if (open === null || this.#open !== open) return;
        this.#lost(open);
        if (code === closeCodes.replaced) this.#refused('anotherOwner');
        if (code === closeCodes.deviceRemoved) this.#refused('deviceRemoved');
      },
    });
    const stopTimer = this.#clock.schedule(answerTimeoutMs, () => {
      if (open !== null && this.#open === open && !open.authenticated) this.abandon();
    });
    const silentAt = startDeadline(this.#clock, silenceMs);
    open = {
      handle,
      calls: new Map(),
      stopTimer,
      timerAtMs: this.#clock.now() + answerTimeoutMs,
      authenticated: false,
      silentAt,
      isProbing: false,
      nextId: 1,
    };
    this.#open = open;
  }

  #frame(open: Open, bytes: Uint8Array): void {
    open.silentAt = startDeadline(this.#clock, silenceMs);
    const frame = decodeServerFrame(bytes);
    switch (frame?.kind.case) {
      case 'challenge':
        // A second challenge has nothing to authenticate: signing is done once per connection.
        if (open.nextId !== 1) break;
        void this.#authenticate(open, frame.kind.value.nonce, frame.kind.value.serverId);
        return;
      case 'response': {
        const call = open.calls.get(frame.kind.value.id);
        if (call === undefined) break;
        open.calls.delete(frame.kind.value.id);
        call.stopTimer();
        call.settle(frame.kind.value);
        return;
      }
      case 'push':
        if (!open.authenticated) break;
        this.#listener.push(frame.kind.value);
        return;
      case undefined:
        break;
    }
    this.abandon();
  }

  async #authenticate(open: Open, nonce: Uint8Array, serverId: Uint8Array): Promise<void> {
    open.nextId = 2;
    const request = await this.#listener.authenticate(nonce, serverId);
    if (this.#open !== open) return;
    if (request === null) {
      this.abandon();
      return;
    }
    const result = await this.#send(open, Methods.method.authenticate, request);
    if (this.#open !== open) return;
    switch (result.kind) {
      case 'answer':
        open.stopTimer();
        open.authenticated = true;
        this.#listen(open);
        this.#listener.phase({ kind: 'authenticated' });
        this.#listener.ready(result.value);
        return;
      case 'error':
        if (result.error.code === 'device_unknown' || result.error.code === 'unknown_account') {
          this.#refused('deviceRemoved');
        } else if (result.error.code === 'account_closed') this.#refused('accountClosed');
        else this.abandon();
        return;
      case 'lost':
        return;
    }
  }

  /** Looks again when the silence would be too long; then asks. */
  #listen(open: Open): void {
    const leftMs = timeLeftMs(this.#clock, open.silentAt);
    if (leftMs === 0) this.#probe(open);
    else this.#wait(open, leftMs, () => this.#listen(open));
  }

  /**
   * A request that changes nothing. TCP alone notices after many minutes that the other side is gone, and a
   * browser's WebSocket has no ping. Anything heard meanwhile is as good as the answer.
   */
  #probe(open: Open): void {
    if (open.isProbing) return;
    open.isProbing = true;
    open.stopTimer();
    const before = open.silentAt;
    this.#wait(open, probeTimeoutMs, () => {
      open.isProbing = false;
      if (open.silentAt === before) this.abandon();
      else this.#listen(open);
    });
    void this.#send(open, Methods.method.acknowledge, { cursors: [] });
  }

  /** Signing in again tells a device whose clock was set ahead what time it is. */
  #wait(open: Open, delayMs: number, run: () => void): void {
    open.timerAtMs = this.#clock.now() + delayMs;
    open.stopTimer = this.#clock.schedule(delayMs, () => {
      if (this.#isClockSet(open)) this.abandon();
      else run();
    });
  }

  #isClockSet({ timerAtMs }: Open): boolean {
    return this.#clock.now() - timerAtMs > clockSetMs;
  }

  #refused(reason: 'deviceRemoved' | 'accountClosed' | 'anotherOwner'): void {
    this.stop();
    this.#listener.refused(reason);
  }

  #lost(open: Open): void {
    this.#release(open);
    if (!this.#started) return;
    const delayMs = retryDelayMs(this.#attempt, this.#randomByte());
    this.#attempt += 1;
    this.#stopRetry = this.#clock.schedule(delayMs, () => this.#connect());
    this.#listener.phase({ kind: 'offline', retryAtMs: this.#clock.now() + delayMs });
  }

  #release(open: Open): void {
    this.#open = null;
    open.stopTimer();
    for (const call of open.calls.values()) {
      call.stopTimer();
      call.settle(null);
    }
    open.calls.clear();
  }
}
