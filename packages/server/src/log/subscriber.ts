/**
 * One connection's reading of logs (spec/log.md §Reading). A subscription goes through
 *
 *   waiting    registered; the answer to Subscribe has not been sent
 *   backfill   pages from the store up to the head that the answer named
 *   cutover    pages from the store for what was appended meanwhile
 *   streaming  what a commit appends goes straight from memory
 *
 * and back to cutover when the reader is slow. Invariant: `sentSeq` only grows, and what is sent next is the first
 * readable entry after it: never a gap, a double or a reorder. Only the pump sends to a subscription that is
 * behind; only `offer` sends to one that is not.
 */
import { type DeviceId, limits } from '@sotto/protocol';
import type { Clock, Peer } from '../ports.ts';
import type { LogKey, ReadableLog, Store } from '../store/store.ts';
import { type AppendedBatch, encodeEntries } from './appendedBatch.ts';
import type { FanOut } from './fanOut.ts';
import { logName } from './logKey.ts';

export interface Subscription {
  readonly log: LogKey;
  readonly subscriber: Subscriber;
  phase: 'waiting' | 'backfill' | 'cutover' | 'streaming';
  /** The last entry sent, or the cursor that the device came with. */
  sentSeq: number;
  /** The newest entry known to exist. */
  headSeq: number;
  /** Where backfill ends. */
  backfillSeq: number;
  /** The last entry this device may read: set when it is removed. */
  throughSeq: number | null;
}

/** Bytes waiting in the socket above which nothing more is read from the store for it. */
const highWaterBytes = 1024 * 1024;
const drainPollMs = 20;
/** Of a page of an inbox: with less than this in its socket others may have their turn, and at the latest after a while. */
const inboxRoomBytes = 64 * 1024;
const inboxTurnMs = 2000;
/** A reader that takes nothing for so long is let go. */
export const stuckAfterMs = 60_000;

export class Subscriber {
  readonly #deviceId: DeviceId;
  readonly #store: Pick<Store, 'readEntries'>;
  readonly #fanOut: FanOut;
  readonly #clock: Clock;
  readonly #peer: Peer;
  readonly #onStuck: () => void;
  readonly #subscriptions = new Map<string, Subscription>();
  /** Those that the pump has to bring up to their heads, in turn. */
  readonly #behind = new Set<Subscription>();
  #isPumping = false;
  #isClosed = false;
  #cancelDrain: (() => void) | null = null;

  constructor(
    deviceId: DeviceId,
    ports: { store: Pick<Store, 'readEntries'>; fanOut: FanOut; clock: Clock; peer: Peer },
    onStuck: () => void,
  ) {
    this.#deviceId = deviceId;
    this.#store = ports.store;
    this.#fanOut = ports.fanOut;
    this.#clock = ports.clock;
    this.#peer = ports.peer;
    this.#onStuck = onStuck;
  }

  get deviceId(): DeviceId {
    return this.#deviceId;
  }

  get count(): number {
    return this.#subscriptions.size;
  }

  /** Registers before the head is read, so that nothing appended in between is missed. */
  prepare(log: LogKey, cursorSeq: number): Subscription {
    const subscription: Subscription = {
      log,
      subscriber: this,
      phase: 'waiting',
      sentSeq: cursorSeq,
      headSeq: 0,
      backfillSeq: 0,
      throughSeq: null,
    };
    this.#fanOut.join(subscription);
    return subscription;
  }

  /** Takes back what `prepare` registered. */
  abandon(subscription: Subscription): void {
    this.#fanOut.leave(subscription);
  }

  /** Begins to send, once the answer that names the heads is out. Replaces a subscription to the same log. */
  begin(subscription: Subscription, readable: ReadableLog): void {
    if (this.#isClosed) {
      this.abandon(subscription);
      return;
    }
    const name = logName(subscription.log);
    const before = this.#subscriptions.get(name);
    if (before !== undefined) this.#end(before);
    this.#subscriptions.set(name, subscription);
    subscription.sentSeq = Math.max(subscription.sentSeq, readable.afterSeq);
    subscription.headSeq = Math.max(subscription.headSeq, readable.headSeq);
    subscription.backfillSeq = readable.headSeq;
    subscription.throughSeq ??= readable.throughSeq;
    subscription.phase = 'backfill';
    this.#advance(subscription);
    this.#startPump();
  }

  /** What a commit appended to the log of `subscription`. */
  offer(subscription: Subscription, batch: AppendedBatch): void {
    subscription.headSeq = Math.max(subscription.headSeq, batch.lastSeq);
    for (const { removed, seq } of batch.entries) {
      if (removed.includes(this.#deviceId)) subscription.throughSeq ??= seq;
    }
    if (subscription.phase === 'waiting') return;
    const { throughSeq } = subscription;
    const fits =
      batch.isWhole &&
      subscription.phase === 'streaming' &&
      subscription.sentSeq === batch.firstSeq - 1 &&
      (throughSeq === null || throughSeq >= batch.lastSeq) &&
      !this.#isCongested();
    if (fits) {
      for (const frame of batch.frames) this.#peer.send(frame);
      subscription.sentSeq = batch.lastSeq;
    }
    this.#advance(subscription);
    if (!fits) this.#startPump();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelDrain?.();
    for (const subscription of [...this.#subscriptions.values()]) this.#end(subscription);
  }

  /** Puts the subscription into the phase that its position asks for. */
  #advance(subscription: Subscription): void {
    const { sentSeq, throughSeq, headSeq } = subscription;
    if (throughSeq !== null && sentSeq >= throughSeq) {
      this.#end(subscription);
    } else if (sentSeq >= headSeq) {
      subscription.phase = 'streaming';
      this.#behind.delete(subscription);
    } else {
      subscription.phase = sentSeq < subscription.backfillSeq ? 'backfill' : 'cutover';
      this.#behind.add(subscription);
    }
  }

  #end(subscription: Subscription): void {
    this.#fanOut.leave(subscription);
    this.#behind.delete(subscription);
    const name = logName(subscription.log);
    if (this.#subscriptions.get(name) === subscription) this.#subscriptions.delete(name);
  }

  #startPump(): void {
    if (this.#isPumping || this.#cancelDrain !== null || this.#behind.size === 0) return;
    this.#isPumping = true;
    this.#pump().then(
      () => this.#pumpEnded(),
      () => this.#pumpFailed(),
    );
  }

  async #pump(): Promise<void> {
    while (!this.#isClosed && !this.#isCongested()) {
      // An inbox may have to wait: the others go first.
      const [first] = this.#behind;
      const subscription = this.#behind.values().find(({ log }) => log.kind !== 'inbox') ?? first;
      if (subscription === undefined) return;
      if (subscription.log.kind === 'inbox') await this.#sendInboxPage(subscription);
      else await this.#sendPage(subscription);
    }
  }

  async #sendInboxPage(subscription: Subscription): Promise<void> {
    const giveBack = await this.#fanOut.inboxTurns.take();
    try {
      if (this.#behind.has(subscription) && !this.#isClosed) await this.#sendPage(subscription);
    } finally {
      this.#giveBackWhenRead(giveBack, this.#clock.nowMs());
    }
  }

  #giveBackWhenRead(giveBack: () => void, sinceMs: number): void {
    const isRead = this.#isClosed || this.#peer.bufferedBytes() < inboxRoomBytes;
    if (isRead || this.#clock.nowMs() - sinceMs >= inboxTurnMs) giveBack();
    else this.#clock.schedule(drainPollMs, () => this.#giveBackWhenRead(giveBack, sinceMs));
  }

  async #sendPage(subscription: Subscription): Promise<void> {
    const { log, sentSeq, headSeq, throughSeq } = subscription;
    const entries = await this.#store.readEntries(log, {
      afterSeq: sentSeq,
      throughSeq: throughSeq === null ? headSeq : Math.min(headSeq, throughSeq),
      maxEntries: limits.entriesPerPush,
      maxSizeBytes: limits.pushSizeBytes,
    });
    // Ended or replaced while the store was reading.
    if (!this.#behind.delete(subscription)) return;
    for (const frame of encodeEntries(log, entries)) this.#peer.send(frame);
    // Nothing there up to the head: those entries were deleted, and are no gap.
    subscription.sentSeq = entries.at(-1)?.seq ?? headSeq;
    this.#advance(subscription);
  }

  #pumpEnded(): void {
    this.#isPumping = false;
    if (this.#isClosed || this.#behind.size === 0) return;
    if (this.#isCongested()) this.#waitForDrain(this.#clock.nowMs());
    else this.#startPump();
  }

  /** The store could not be read: tried again, as long as the connection lasts. */
  #pumpFailed(): void {
    this.#isPumping = false;
    if (!this.#isClosed) this.#waitForDrain(this.#clock.nowMs());
  }

  #waitForDrain(sinceMs: number, before = this.#peer.bufferedBytes()): void {
    this.#cancelDrain = this.#clock.schedule(drainPollMs, () => {
      this.#cancelDrain = null;
      if (!this.#isCongested()) {
        this.#startPump();
        return;
      }
      const nowMs = this.#clock.nowMs();
      const now = this.#peer.bufferedBytes();
      if (now < before) this.#waitForDrain(nowMs, now);
      else if (nowMs - sinceMs >= stuckAfterMs) this.#onStuck();
      else this.#waitForDrain(sinceMs, before);
    });
  }

  #isCongested(): boolean {
    return this.#peer.bufferedBytes() > highWaterBytes;
  }
}
