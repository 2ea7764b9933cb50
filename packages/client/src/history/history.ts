import type { HistoryView, MessagesQuery } from '../api.ts';
import {
  type ConversationKey,
  type ConversationRow,
  findConversation,
  listConversations,
} from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { hasListedMessage } from '../messages/messageTable.ts';
import { readPage } from '../messages/readPage.ts';
import type { Sql } from '../ports.ts';
import { FetchRest } from './fetchRest.ts';
import { readToldHead } from './fetchTable.ts';
import { type PageWanted, readPages } from './readPages.ts';
import { spanBelow } from './spanTable.ts';

/** Entries of each conversation that are read first, for the list of conversations. */
const firstPageEntries = 8;
const logsPerRequest = 64;
/** Entries asked for at once where somebody looks at the thread: about two pages of messages with their receipts. */
const pageEntries = 160;
/** Rows that are here are shown after this time at the latest; what comes later is told as changes. */
const patienceMs = 300;
/** Unread messages are counted up to here, which is what lists show, and so many pages back. */
const countedUnread = 100;
const unreadRounds = 5;
/** A thread that shows nothing in so many pages is left as it is until it is asked for again. */
const pagesPerFill = 20;

/**
 * What was said before this device came, or while it could not follow (spec/history.md §Reading back): read from the
 * logs' newest entries back, and opened by the account's history keys instead of the group.
 */
export class History {
  readonly #device: () => DeviceContext;
  readonly #rest: FetchRest;
  readonly #filling = new Map<ConversationKey, Promise<void>>();
  #restoring: Promise<void> = Promise.resolve();
  #isListRestored = false;
  #isStopped = false;

  /** `changed`: how much is here. */
  constructor(device: () => DeviceContext, changed: () => void) {
    this.#device = device;
    this.#rest = new FetchRest(device, changed);
  }

  /** Every conversation shows its newest messages, or there is none to show: joining groups may begin. */
  get isListRestored(): boolean {
    return this.#isListRestored;
  }

  stop(): void {
    this.#isStopped = true;
    this.#rest.stop();
  }

  /** Resolves once what is being restored now is there, or cannot be had. */
  get restored(): Promise<void> {
    return this.#restoring;
  }

  get coverage(): HistoryView {
    return this.#rest.view();
  }

  /** Of fetching what nobody has asked for yet. */
  setPaused(isPaused: boolean): Promise<void> {
    return this.#rest.setPaused(isPaused);
  }

  /** There are entries between what was read back and where a log is followed from now on. */
  fetchBetween(): void {
    if (this.#isListRestored) this.#rest.wake();
  }

  /** A new connection: what the list needs is looked for anew. */
  reset(): void {
    this.#isListRestored = false;
    this.#rest.reset();
  }

  /** Keyring and inbox were read to their heads and the list of conversations is known: reads what the list shows. */
  restoreList(): Promise<void> {
    // One after the other: what an earlier connection began ends by itself.
    this.#restoring = this.#restoring
      .then(() => this.#restoreList())
      .catch((error) => this.#device().caught(error));
    return this.#restoring;
  }

  /**
   * Brings the messages that `query` asks for from the server, as far as they are not here and the server can be
   * reached. What is missing stays so: the page then ends where the gap begins. Where there is something to show
   * already, the server is waited for a moment only.
   */
  async fill(query: MessagesQuery): Promise<void> {
    const device = this.#device();
    const row = device.database.read((sql) => findConversation(sql, query.conversationId));
    if (row === null || row.logId === null) return;
    // One reader per conversation; a second query finds what the first one brought.
    const before = this.#filling.get(row.key) ?? Promise.resolve();
    const work = before
      .then(() => this.#fill(row.key, query))
      .catch((error) => device.caught(error))
      .finally(() => {
        if (this.#filling.get(row.key) === work) this.#filling.delete(row.key);
      });
    this.#filling.set(row.key, work);
    void this.#rest.after(work);
    const hasRows = device.database.read((sql) => readPage(sql, row.key, query).rows.length > 0);
    if (!hasRows) return work;
    let stopTimer = (): void => undefined;
    const patience = new Promise<void>((resolve) => {
      stopTimer = device.clock.schedule(patienceMs, resolve);
    });
    await Promise.race([work, patience]);
    stopTimer();
  }

  async #fill(key: ConversationKey, query: MessagesQuery): Promise<void> {
    const device = this.#device();
    for (let page = 0; page < pagesPerFill; page++) {
      const wanted = this.#gapOf(key, query);
      if (wanted === null || (await readPages(device, [wanted])).kind !== 'stored') return;
    }
  }

  /** The page to read next for `query`; null where nothing is missing, or nothing can be had now. */
  #gapOf(key: ConversationKey, query: MessagesQuery): PageWanted | null {
    const device = this.#device();
    if (this.#isStopped || !device.connection.isReady || !device.sync.canReadBack) return null;
    return device.database.read((sql) => {
      const row = findConversation(sql, query.conversationId);
      if (row === null || row.key !== key || row.logId === null) return null;
      const { missingBefore } = readPage(sql, key, query);
      if (missingBefore === undefined) return null;
      return { key, logId: row.logId, beforeSeq: missingBefore, limit: pageEntries };
    });
  }

  async #restoreList(): Promise<void> {
    const device = this.#device();
    // What the account has read is known before the first pages show what it has not.
    await device.ownState.isRead;
    const isFar = (row: ConversationRow) => device.sync.isFar(row.key);
    const pageOf = (sql: Sql, row: ConversationRow) => listPage(sql, row, isFar(row));
    if (!(await this.#readPages(pageOf, Number.POSITIVE_INFINITY))) return;
    this.#isListRestored = true;
    for (const row of device.database.read(listConversations)) device.wake(row.key);
    await device.sync.forward();
    await this.#readPages(unreadPage, unreadRounds);
    this.#rest.wake();
  }

  /** Reads what `pageOf` wants of each conversation until it wants nothing more; false where it cannot be had now. */
  async #readPages(
    pageOf: (sql: Sql, row: ConversationRow) => PageWanted | null,
    rounds: number,
  ): Promise<boolean> {
    const device = this.#device();
    const tried = new Map<ConversationKey, number | null>();
    for (let round = 0; round < rounds && !this.#isStopped && device.connection.isReady; round++) {
      const wanted = device.database.read((sql) =>
        listConversations(sql).flatMap((row) => {
          const page = pageOf(sql, row);
          // Asked for already, and not to be had.
          return page === null || tried.get(row.key) === page.beforeSeq ? [] : [page];
        }),
      );
      if (wanted.length === 0) break;
      for (const page of wanted) tried.set(page.key, page.beforeSeq);
      const chunks = Array.from({ length: Math.ceil(wanted.length / logsPerRequest) }, (_, at) =>
        wanted.slice(at * logsPerRequest, (at + 1) * logsPerRequest),
      );
      // Two requests at once: while the pages of one are opened, those of the other are on their way.
      const reader = async (): Promise<boolean> => {
        for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
          if (!(await this.#readChunk(chunk))) return false;
        }
        return true;
      };
      if (!(await Promise.all([reader(), reader()])).every(Boolean)) return false;
    }
    return !this.#isStopped && device.connection.isReady;
  }

  /** False where the server cannot be reached. */
  async #readChunk(wanted: readonly PageWanted[]): Promise<boolean> {
    const device = this.#device();
    for (;;) {
      const result = await readPages(device, wanted);
      if (result.kind !== 'offline') return true;
      const { retryAfterMs } = result;
      if (retryAfterMs === null || this.#isStopped) return false;
      await new Promise<void>((resolve) => device.clock.schedule(retryAfterMs, resolve));
    }
  }
}

/** What to read so that the list can show the conversation's newest message; null where it can. */
function listPage(sql: Sql, row: ConversationRow, isFar: boolean): PageWanted | null {
  if (row.logId === null || row.state === 'removed') return null;
  const span = spanBelow(sql, row.key, Number.MAX_SAFE_INTEGER);
  const page = { key: row.key, logId: row.logId, limit: firstPageEntries };
  if (span === null) return row.state === 'joining' ? { ...page, beforeSeq: null } : null;
  if (isFar && span.toSeq <= row.cursor) return { ...page, beforeSeq: null };
  // What was said since comes by itself only once it is joined.
  if (row.state === 'joining' && span.toSeq < readToldHead(sql, row.key)) return { ...page, beforeSeq: null };
  if (span.fromSeq === 1 || hasListedMessage(sql, row.key)) return null;
  return { ...page, beforeSeq: span.fromSeq };
}

/** What to read so that the messages that the account has not read are counted; null where they are. */
function unreadPage(sql: Sql, row: ConversationRow): PageWanted | null {
  if (row.logId === null || row.state === 'removed' || row.unreadCount >= countedUnread) return null;
  const span = spanBelow(sql, row.key, Number.MAX_SAFE_INTEGER);
  if (span === null || span.fromSeq <= row.ownRead + 1) return null;
  return { key: row.key, logId: row.logId, limit: pageEntries, beforeSeq: span.fromSeq };
}
