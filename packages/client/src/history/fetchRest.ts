import type { HistoryView } from '../api.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { isHistoryPaused, newestGaps, readCoverage, setHistoryPaused } from './fetchTable.ts';
import { readPages } from './readPages.ts';

/** While the pages of one request are opened, those of another are on their way. */
const readersAtOnce = 2;
const logsPerRequest = 8;
/** What one step stores stays small, so that nobody who writes meanwhile waits for long. */
const entriesPerRequest = 800;
/** Progress is told this often at most. */
const tellEveryMs = 250;

/**
 * Fetches all that was said before, behind everything else, the newest of the liveliest conversations first
 * (spec/history.md §Fetching the rest). What is here is what `log_span` says, so it goes on after a restart where it
 * was; whether it is paused is stored as well.
 */
export class FetchRest {
  readonly #device: () => DeviceContext;
  readonly #changed: () => void;
  /** Under way. */
  readonly #busy = new Set<ConversationKey>();
  /** Not to be had on this connection. */
  readonly #givenUp = new Set<ConversationKey>();
  #readers = 0;
  /** Pages that somebody waits for: nothing is begun meanwhile. */
  #awaited = 0;
  #isDue = false;
  #isStopped = false;
  #stopTelling: (() => void) | null = null;
  #stopRetry: (() => void) | null = null;

  constructor(device: () => DeviceContext, changed: () => void) {
    this.#device = device;
    this.#changed = changed;
  }

  /** The list shows what it should: from now on there is time for the rest; or there may be more to fetch. */
  wake(): void {
    this.#isDue = true;
    this.#tell();
    while (this.#readers < readersAtOnce && this.#begin());
  }

  /** Somebody waits for `work`, which comes first. */
  async after(work: Promise<void>): Promise<void> {
    this.#awaited += 1;
    await work.catch(() => undefined);
    this.#awaited -= 1;
    while (this.#readers < readersAtOnce && this.#begin());
  }

  /** The connection is gone. */
  reset(): void {
    this.#isDue = false;
    this.#givenUp.clear();
    this.#stopRetry?.();
    this.#stopRetry = null;
    this.#tell();
  }

  stop(): void {
    this.reset();
    this.#isStopped = true;
    this.#stopTelling?.();
    this.#stopTelling = null;
  }

  async setPaused(isPaused: boolean): Promise<void> {
    const device = this.#device();
    await device.steps.run((step) => step.commit((sql) => setHistoryPaused(sql, isPaused)));
    this.#stopTelling?.();
    this.#stopTelling = null;
    this.#changed();
    if (!isPaused && this.#isDue) this.wake();
  }

  view(): HistoryView {
    const device = this.#device();
    return device.database.read((sql): HistoryView => {
      const coverage = readCoverage(sql);
      const { messagesHere, entriesHere, entriesInAll } = coverage;
      const messagesInAll =
        entriesHere >= entriesInAll
          ? messagesHere
          : Math.round((messagesHere * entriesInAll) / Math.max(1, entriesHere));
      const counts = { ...coverage, messagesInAll };
      if (newestGaps(sql, 1).length === 0 && entriesHere >= entriesInAll)
        return { ...counts, state: 'complete' };
      if (isHistoryPaused(sql)) return { ...counts, state: 'paused' };
      return { ...counts, state: this.#readers > 0 ? 'fetching' : 'waiting' };
    });
  }

  /** Begins to read what is wanted most; false where there is nothing to begin. */
  #begin(): boolean {
    const device = this.#device();
    if (
      !this.#isDue ||
      this.#isStopped ||
      this.#awaited > 0 ||
      this.#stopRetry !== null ||
      !device.connection.isReady
    )
      return false;
    const wanted = device.database.read((sql) => {
      if (isHistoryPaused(sql)) return [];
      const gaps = newestGaps(sql, entriesPerRequest).filter(
        ({ key }) => !this.#busy.has(key) && !this.#givenUp.has(key),
      );
      const chosen = gaps.slice(0, logsPerRequest);
      const each = Math.ceil(entriesPerRequest / Math.max(1, chosen.length));
      return chosen.map((page) => ({ ...page, limit: Math.min(page.limit, each, 500) }));
    });
    if (wanted.length === 0) return false;
    this.#readers += 1;
    for (const { key } of wanted) this.#busy.add(key);
    void this.#read(wanted);
    return true;
  }

  async #read(wanted: Parameters<typeof readPages>[1]): Promise<void> {
    const device = this.#device();
    try {
      const result = await readPages(device, wanted);
      if (result.kind === 'nothing') for (const { key } of wanted) this.#givenUp.add(key);
      if (result.kind === 'offline' && result.retryAfterMs !== null && !this.#isStopped) {
        this.#stopRetry?.();
        this.#stopRetry = device.clock.schedule(result.retryAfterMs, () => {
          this.#stopRetry = null;
          this.wake();
        });
      }
      // Offline without that: the next connection begins anew.
      if (result.kind === 'offline' && result.retryAfterMs === null) this.#isDue = false;
    } catch (error) {
      for (const { key } of wanted) this.#givenUp.add(key);
      device.caught(error);
    } finally {
      this.#readers -= 1;
      for (const { key } of wanted) this.#busy.delete(key);
    }
    this.#tell();
    while (this.#readers < readersAtOnce && this.#begin());
  }

  #tell(): void {
    if (this.#isStopped || this.#stopTelling !== null) return;
    this.#stopTelling = this.#device().clock.schedule(tellEveryMs, () => {
      this.#stopTelling = null;
      this.#changed();
    });
  }
}
