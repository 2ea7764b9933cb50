/**
 * Lets messages disappear in time (spec/disappearing.md, "Gone"). Invariant: there is one timer, for the next deadline;
 * however many are due at once, or one after another, others' steps and events come between.
 */
import type { ConversationId } from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';
import { expireMessages } from './expireMessages.ts';
import { boundDeadlines, nextDeadlineMs } from './messageClocks.ts';

const messagesAtOnce = 200;
/** Between deletions, so that many deadlines shortly after one another share one. Nothing is shown meanwhile. */
const restMs = 250;
/** Platforms' timers do not run longer; and clocks of sleeping devices may have gone on. */
const longestWaitMs = 60_000;

export class Expiry {
  readonly #device: () => DeviceContext;
  #cancel: (() => void) | null = null;
  /** How long the timer that is under way is to run from when it was looked at last, and both clocks then. */
  #wait = { forMs: 0, sinceMs: 0, deviceMs: 0 };
  /** Deletes, or rests after it. */
  #isAtWork = false;
  /** The journal may have what was deleted: also what a process deleted that was killed then. */
  #isUnsettled = true;
  /** How often it could not be emptied, one time after another. */
  #failedSettles = 0;
  /** Conversations of which the list is told at the first and after the last of deletions that follow one another. */
  readonly #touched = new Set<ConversationId>();
  #isStopped = false;

  constructor(device: () => DeviceContext) {
    this.#device = device;
  }

  start(): void {
    void this.#settle().then(() => this.wake());
    this.wake();
  }

  /** The server says what time it is: where the device took it for later, nothing stays longer for that. */
  async hearTime(serverMs: number): Promise<void> {
    const { steps, serverClock } = this.#device();
    // What the timer ran before counts for what was known before, and not again when it runs out.
    this.#notePart();
    this.wake();
    serverClock.read(serverMs);
    // The timer that is under way began when it was taken for later.
    this.#wait = { ...this.#wait, sinceMs: 0 };
    await steps.run((step) =>
      step.commit((sql, changes) => {
        serverClock.store(sql);
        boundDeadlines(sql, serverClock.nowMs());
        changes.deadline();
      }),
    );
  }

  /** Deadlines, or what is known of the time, changed. */
  wake(): void {
    if (this.#isStopped || this.#isAtWork) return;
    this.#notePart();
    this.#cancel?.();
    this.#cancel = null;
    const { database, serverClock } = this.#device();
    const nextMs = database.read(nextDeadlineMs) ?? Number.POSITIVE_INFINITY;
    const settleMs = this.#isUnsettled ? restMs * 2 ** this.#failedSettles : Number.POSITIVE_INFINITY;
    if (Math.min(nextMs, settleMs) === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.min(nextMs - serverClock.nowMs(), settleMs, longestWaitMs);
    this.#after(Math.max(0, waitMs), () => {
      void this.#expire();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  async #expire(): Promise<void> {
    const { steps, serverClock, caught } = this.#device();
    this.#isAtWork = true;
    let isMore = false;
    try {
      const count = await steps.run((step) =>
        step.commit((sql, changes) => {
          serverClock.store(sql);
          const expired = expireMessages(sql, changes, serverClock.nowMs(), messagesAtOnce);
          for (const id of expired.conversations) {
            // After that what the list shows is none of them any more.
            if (!this.#touched.has(id)) changes.conversation(id);
            this.#touched.add(id);
          }
          if (expired.count < messagesAtOnce) for (const id of this.#touched) changes.conversation(id);
          return expired.count;
        }),
      );
      isMore = count === messagesAtOnce;
      if (!isMore) this.#touched.clear();
      if (count > 0) this.#isUnsettled = true;
    } catch (error) {
      caught(error);
    }
    if (!isMore) await this.#settle();
    if (this.#isStopped) return;
    if (isMore) {
      this.#after(0, () => {
        void this.#expire();
      });
      return;
    }
    this.#after(restMs, () => {
      this.#isAtWork = false;
      this.wake();
    });
  }

  /** Not only the pages, but what the journal has of them. */
  async #settle(): Promise<void> {
    if (this.#isStopped || !this.#isUnsettled) return;
    const { database, caught } = this.#device();
    // What is deleted meanwhile may be in it again.
    this.#isUnsettled = false;
    try {
      await database.settle();
      this.#failedSettles = 0;
    } catch (error) {
      this.#isUnsettled = true;
      this.#failedSettles += 1;
      caught(error);
    }
  }

  #after(delayMs: number, run: () => void): void {
    const { clock, serverClock } = this.#device();
    this.#wait = { forMs: delayMs, sinceMs: serverClock.nowMs(), deviceMs: clock.now() };
    this.#cancel = clock.schedule(delayMs, () => {
      this.#cancel = null;
      serverClock.passed(this.#wait.forMs, this.#wait.sinceMs);
      run();
    });
  }

  /** Of a timer that goes on, or is begun anew: as much as the device's clock says, and no more than it was to run. */
  #notePart(): void {
    if (this.#cancel === null) return;
    const { clock, serverClock } = this.#device();
    const { forMs, deviceMs } = this.#wait;
    const nowMs = clock.now();
    const partMs = Math.min(forMs, Math.max(0, nowMs - deviceMs));
    serverClock.passed(partMs);
    this.#wait = { forMs: forMs - partMs, sinceMs: serverClock.nowMs(), deviceMs: nowMs };
  }
}
