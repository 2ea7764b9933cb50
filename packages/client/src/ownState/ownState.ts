import { type ConversationId, Connection as Methods } from '@sotto/protocol';
import { readHistoryKeys } from '../account/historyKeyTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import {
  dueItems,
  forgetVersions,
  mutesEnded,
  nextDueMs,
  nextMuteEndMs,
  readItemsVersion,
} from './ownStateTable.ts';
import { putItems } from './putItems.ts';
import { soundItems, takeItems } from './takeItems.ts';

/** What is not due yet, or waits for something else, is looked at again after this time at the latest. */
const lookAgainMs = 10_000;
const failedDelayMs = 60_000;
/** So often in a row a put may come too late before the server is taken to be the reason. */
const stalePutsLimit = 5;
/** Timers of platforms do not run for longer than some weeks. */
const muteCheckMs = 3_600_000;

/**
 * The account's items on one connection (spec/history.md, "Account items"): reads what other devices put, then puts
 * what is due, one request at a time.
 */
export class OwnState {
  readonly #device: () => DeviceContext;
  readonly #touch: (conversations: readonly ConversationId[]) => void;
  #isStopped = false;
  /** Counts connections: what an older one began ends by itself. */
  #generation = 0;
  #isWorking = false;
  #isWoken = false;
  /** There may be newer items than were read. */
  #isBehind = false;
  #stalePuts = 0;
  #firstRead = Promise.resolve();
  #stopTimer: (() => void) | null = null;
  /** Mutes that ended up to this time were told; 0: none yet. */
  #mutesSeenMs = 0;
  #stopMuteTimer: (() => void) | null = null;

  constructor(device: () => DeviceContext, touch: (conversations: readonly ConversationId[]) => void) {
    this.#device = device;
    this.#touch = touch;
  }

  /** A connection is authenticated. */
  start(): void {
    this.disconnected();
    this.#firstRead = this.#firstReadOf(this.#generation);
    this.#watchMutes();
  }

  /** Once the items that were there when this connection began have been taken, or could not be had. */
  get isRead(): Promise<void> {
    return this.#firstRead;
  }

  /** Another device put something. */
  told(version: bigint): void {
    const known = this.#device().database.read(readItemsVersion);
    if (version === BigInt(known)) return;
    this.#isBehind = true;
    this.wake();
  }

  /** Something may be due: it is looked at once the present work is done. */
  wake(): void {
    if (this.#isStopped) return;
    this.#watchMutes();
    if (this.#isWorking) {
      this.#isWoken = true;
      return;
    }
    void this.#work(this.#generation);
  }

  /** The connection is gone. */
  disconnected(): void {
    this.#generation += 1;
    this.#isWorking = false;
    this.#isBehind = false;
    this.#stalePuts = 0;
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  stop(): void {
    this.disconnected();
    this.#isStopped = true;
    this.#stopMuteTimer?.();
    this.#stopMuteTimer = null;
  }

  async #firstReadOf(generation: number): Promise<void> {
    try {
      this.#isBehind = !(await this.#read(generation));
    } catch (error) {
      this.#device().caught(error);
    }
    if (generation === this.#generation) this.wake();
  }

  async #work(generation: number): Promise<void> {
    this.#isWorking = true;
    this.#stopTimer?.();
    this.#stopTimer = null;
    let delayMs: number | null = failedDelayMs;
    try {
      do {
        this.#isWoken = false;
        delayMs = await this.#doDue(generation);
        if (generation !== this.#generation) return;
      } while (this.#isWoken);
    } catch (error) {
      this.#device().caught(error);
    } finally {
      if (generation === this.#generation) {
        this.#isWorking = false;
        this.#wakeAfter(delayMs);
      }
    }
  }

  /** Reads and puts what there is; when to look again, or null. */
  async #doDue(generation: number): Promise<number | null> {
    const device = this.#device();
    while (generation === this.#generation && device.connection.isReady) {
      if (this.#isBehind) {
        if (!(await this.#read(generation))) return failedDelayMs;
        continue;
      }
      const put = await putItems(device);
      if (generation !== this.#generation) return null;
      if (put.kind === 'pause') return put.delayMs;
      if (put.kind === 'idle') return this.#untilDueMs();
      this.#stalePuts = put.kind === 'stale' ? this.#stalePuts + 1 : 0;
      if (put.kind !== 'stale') continue;
      this.#isBehind = true;
      if (this.#stalePuts > stalePutsLimit) {
        this.#stalePuts = 0;
        return failedDelayMs;
      }
    }
    return null;
  }

  /** Takes everything newer than what was read; false where the server does not give it. */
  async #read(generation: number): Promise<boolean> {
    const device = this.#device();
    let isFirst = device.database.read(readItemsVersion) === 0;
    let hasBegunAnew = false;
    this.#isBehind = false;
    while (generation === this.#generation) {
      const after = device.database.read(readItemsVersion);
      const result = await device.connection.call(Methods.method.readAccountItems, {
        afterVersion: BigInt(after),
      });
      if (result.kind !== 'answer' || generation !== this.#generation) return false;
      if (result.value.version > BigInt(Number.MAX_SAFE_INTEGER)) return false;
      const version = Number(result.value.version);
      if (version < after) {
        // The server has gone back to an earlier state: everything is compared anew, and put where it is missing.
        if (hasBegunAnew) return false;
        hasBegunAnew = true;
        isFirst = true;
        await device.steps.run((step) => step.commit(forgetVersions));
        continue;
      }
      const items = soundItems(result.value.items, after, version);
      const last = items.at(-1)?.version ?? version;
      if (items.length > 0 || last > after) await takeItems(device, items, last, isFirst);
      if (last >= version) return true;
    }
    return false;
  }

  #untilDueMs(): number | null {
    const device = this.#device();
    const { dueMs, isDueNow } = device.database.read((sql) => ({
      dueMs: nextDueMs(sql),
      isDueNow: dueItems(sql, device.clock.now(), readHistoryKeys(sql).length, 1).length > 0,
    }));
    if (isDueNow) return failedDelayMs;
    if (dueMs === null) return null;
    const leftMs = dueMs - device.clock.now();
    return leftMs > 0 ? Math.min(leftMs, lookAgainMs) : lookAgainMs;
  }

  #wakeAfter(delayMs: number | null): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    if (delayMs === null || this.#isStopped) return;
    this.#stopTimer = this.#device().clock.schedule(delayMs, () => {
      this.#stopTimer = null;
      this.wake();
    });
  }

  /** What is muted until a time shows so until then. */
  #watchMutes(): void {
    const { clock, database } = this.#device();
    this.#stopMuteTimer?.();
    this.#stopMuteTimer = null;
    const nowMs = clock.now();
    if (this.#mutesSeenMs > 0) {
      const ended = database.read((sql) => mutesEnded(sql, this.#mutesSeenMs, nowMs));
      if (ended.length > 0) this.#touch(ended);
    }
    this.#mutesSeenMs = nowMs;
    const endMs = database.read((sql) => nextMuteEndMs(sql, nowMs));
    if (endMs === null) return;
    this.#stopMuteTimer = clock.schedule(Math.min(endMs - nowMs, muteCheckMs), () => this.#watchMutes());
  }
}
