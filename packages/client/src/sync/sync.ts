/**
 * Reads the logs that a device subscribes to (spec/sync.md). Over 400 lines, because pushes, pages and gaps of one log are one
 * state machine, whose parts would share all of its state.
 */
import {
  type AccountId,
  type ConversationId,
  type EntriesPush,
  idFromBytes,
  idToBytes,
  limits,
  Connection as Methods,
} from '@sotto/protocol';
import { readInboxCursor } from '../account/deviceTable.ts';
import {
  type ConversationKey,
  conversationByKey,
  listConversations,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { DepositCheck } from '../history/depositCheck.ts';
import { readKeyringCursor } from '../history/depositTable.ts';
import { keyringItem, noteShortened, tellKeyringHead } from '../history/keyringHead.ts';
import { Reopening } from '../history/reopening.ts';
import { raiseShortened } from '../integrity/leastHead.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { farBehind, fastForward } from './fastForward.ts';
import { listFromServer } from './listFromServer.ts';
import { createLogReader, hasCaughtUp, type LogKey, type LogReader, logKindOf, logRef } from './logReader.ts';
import type { EntryEffect } from './readEntries.ts';
import { type QueueWork, readQueue } from './readQueue.ts';
import { inboxKey, keyringKey } from './unreadableTable.ts';

export interface SyncListener {
  /** `catchingUp` from authentication to cutover, then `streaming`. */
  phase(phase: 'catchingUp' | 'streaming'): void;
  /** What was read of a conversation is durable. */
  read(conversation: ConversationId, effects: readonly EntryEffect[]): void;
}

const stuckLimit = 5;
/** While one waits for its commits, others compute. */
const forwardAtOnce = 4;
/** Long enough for a full push over the slowest of links. */
const backfillPatienceMs = 60_000;

/**
 * Logs on one connection (spec/sync.md): *backfill* up to the head that Subscribe told, *cutover* when every log
 * is there, *streaming* from then on. Only an entry that follows the cursor moves it, in the transaction that
 * stores what the entry does; the server is told after that. Longer than other files: what moves a log from one phase
 * to the next is read together.
 */
export class Sync {
  readonly #device: () => DeviceContext;
  readonly #listener: SyncListener;
  readonly #logs = new Map<LogKey, LogReader>();
  readonly #byLogId = new Map<string, LogReader>();
  readonly #acknowledgements: Acknowledgements;
  /** Logs that are so far behind that they are not subscribed to before their groups were moved. */
  readonly #far = new Set<ConversationKey>();
  readonly #reopening: Reopening;
  readonly #depositCheck: DepositCheck;
  /** Counts connections: what an older one began ends by itself. */
  #generation = 0;
  #isListed = false;
  #isCutOver = false;
  /** A conversation came to be while the list was asked for. */
  #isListStale = false;
  #inboxReads = 0;

  constructor(device: () => DeviceContext, listener: SyncListener) {
    this.#device = device;
    this.#listener = listener;
    this.#acknowledgements = new Acknowledgements(device);
    this.#reopening = new Reopening(device);
    this.#depositCheck = new DepositCheck(device);
  }

  /** All that was missed is here. */
  get isCutOver(): boolean {
    return this.#isCutOver;
  }

  /** This conversation's log has been read to its head. */
  isStreaming(key: ConversationKey): boolean {
    return hasCaughtUp(this.#logs.get(key));
  }

  isInboxStreaming(): boolean {
    return hasCaughtUp(this.#logs.get(inboxKey));
  }

  /** Every deposit that was there when this connection began is here, so history opens as far as it can. */
  get isKeyringRead(): boolean {
    return hasCaughtUp(this.#logs.get(keyringKey));
  }

  /** Something came that may open what did not open: a deposit, a chain, a history key of the account. */
  reopen(): void {
    this.#reopening.wake();
  }

  /** Another device of the account says how far it has read the keyring: the server is asked where that is not here. */
  async checkKeyring(): Promise<void> {
    const device = this.#device();
    const keyring = this.#logs.get(keyringKey);
    const isAhead = device.database.read((sql) => keyringItem(sql).seq > readKeyringCursor(sql));
    if (isAhead && keyring?.isSubscribing === false) await this.#subscribeTo([keyring]);
  }

  /**
   * History may be read: what there are keys for opens, and what a Welcome lets this device read by its group is not
   * taken for what it cannot have.
   */
  get canReadBack(): boolean {
    return this.isKeyringRead && this.isInboxStreaming();
  }

  /** How often the inbox was read to the head that a Subscribe told. */
  get inboxReads(): number {
    return this.#inboxReads;
  }

  /** Reads the inbox again up to its present head; gives the count that `inboxReads` will have then. */
  rereadInbox(): number {
    const inbox = this.#logs.get(inboxKey);
    if (inbox !== undefined) {
      inbox.head = null;
      inbox.isAwaitingHead = true;
      void this.#subscribeTo([inbox]);
    }
    return this.#inboxReads + 1;
  }

  /** A connection is authenticated: subscribes to everything from the stored cursors. */
  async start(): Promise<void> {
    this.stop();
    const generation = this.#generation;
    const device = this.#device();
    const chainMark = device.directory.mark();
    this.#listener.phase('catchingUp');
    const { inboxCursor, keyringCursor } = device.database.read((sql) => ({
      inboxCursor: readInboxCursor(sql),
      keyringCursor: readKeyringCursor(sql),
    }));
    const keyring = this.#addLog(keyringKey, idToBytes(device.self.accountId), keyringCursor);
    const isKeyringSubscribed = this.#subscribeTo([keyring]);
    const listed = await listFromServer(device);
    if (generation !== this.#generation) return;
    if (listed === null) {
      device.connection.abandon();
      return;
    }
    const rows = device.database.read(listConversations);
    const inbox = this.#addLog(inboxKey, idToBytes(device.self.deviceId), inboxCursor);
    const sure: LogReader[] = [inbox];
    const doubtful: LogReader[] = [];
    const far = farBehind(
      rows.flatMap(({ key, cursor, state, logId }) => {
        if (state !== 'ready' || logId === null || !listed.memberOf.has(logId)) return [];
        return [{ key, cursor, headSeq: listed.heads.get(logId) ?? 0 }];
      }),
      device.tuning.farEntries,
    );
    for (const row of rows) {
      if (row.state !== 'ready' || row.logId === null) continue;
      if (far.has(row.key)) {
        this.#far.add(row.key);
        continue;
      }
      const log = this.#addLog(row.key, idToBytes(row.logId), row.cursor, chainMark);
      log.isOver = !listed.heads.has(row.logId);
      (listed.memberOf.has(row.logId) ? sure : doubtful).push(log);
    }
    const chunk = limits.logsPerSubscribe;
    for (let from = 0; from < sure.length; from += chunk) {
      await this.#subscribeTo(sure.slice(from, from + chunk));
      if (generation !== this.#generation) return;
    }
    // Where the server does not count this device in, the log is read up to its removal, if it is readable at all.
    await Promise.all(doubtful.map((log) => this.#subscribeTo([log])));
    await isKeyringSubscribed;
    if (generation !== this.#generation) return;
    this.#isListed = true;
    this.#restoreList();
    this.#checkCutover();
    if (this.#isListStale) await this.relist();
  }

  /** Long behind, and not followed yet: its newest page is read from history first. */
  isFar(key: ConversationKey): boolean {
    return this.#far.has(key);
  }

  /** The newest pages are here: takes the logs that are far behind over their commits, and follows them. */
  async forward(): Promise<void> {
    const generation = this.#generation;
    const device = this.#device();
    const keys = [...this.#far];
    const worker = async (): Promise<void> => {
      for (let key = keys.shift(); key !== undefined; key = keys.shift()) {
        await fastForward(device, key).catch((error) => device.caught(error));
        if (generation !== this.#generation) return;
        this.#far.delete(key);
        await this.subscribe(key, 0);
        const log = this.#logs.get(key);
        if (log !== undefined) this.#acknowledgements.add(log);
      }
    };
    await Promise.all(Array.from({ length: forwardAtOnce }, worker));
    if (generation === this.#generation) this.#checkCutover();
  }

  /** A conversation came to be that this device was not added to: the list says which, and it joins by itself. */
  async relist(): Promise<void> {
    if (!this.#isListed) {
      this.#isListStale = true;
      return;
    }
    this.#isListStale = false;
    const generation = this.#generation;
    const device = this.#device();
    const listed = await listFromServer(device);
    if (listed === null || generation !== this.#generation) return;
    const inboxRead = this.rereadInbox();
    for (const key of listed.fresh) device.wakeAfterInboxRead(key, inboxRead);
  }

  /** The connection is gone. */
  stop(): void {
    this.#generation += 1;
    this.#logs.clear();
    this.#byLogId.clear();
    this.#acknowledgements.clear();
    this.#far.clear();
    this.#reopening.stop();
    this.#depositCheck.stop();
    this.#isListed = false;
    this.#isListStale = false;
    this.#isCutOver = false;
  }

  /** Reads on from the stored cursor: a log that is new here, or one that lost its thread. `chainMark`: see LogReader. */
  async subscribe(key: ConversationKey, chainMark = this.#device().directory.mark()): Promise<void> {
    const device = this.#device();
    if (!device.connection.isReady) return;
    const row = device.database.read((sql) => conversationByKey(sql, key));
    if (row === null || row.logId === null || row.state !== 'ready') return;
    // Where it was joined just now, a key was derived.
    this.#depositCheck.wake();
    const log = this.#logs.get(key) ?? this.#addLog(key, idToBytes(row.logId), row.cursor, chainMark);
    log.cursor = row.cursor;
    log.queue = [];
    log.isOver = false;
    // Until the server has answered where the log ends, it counts as behind: no work judges by it, healing least.
    log.head = null;
    await this.#subscribeTo([log]);
  }

  push(push: EntriesPush): void {
    const id = push.log === undefined ? null : idFromBytes<ConversationId>(push.log.id);
    const log = id === null ? undefined : this.#byLogId.get(id);
    if (log === undefined) return;
    if (push.log?.kind !== logKindOf(log)) return;
    log.queue.push(...push.entries);
    void this.#drain(log);
  }

  #addLog(
    key: LogKey,
    logId: Uint8Array,
    cursor: number,
    chainMark = this.#device().directory.mark(),
  ): LogReader {
    const log = createLogReader(key, logId, cursor, chainMark);
    this.#logs.set(key, log);
    this.#byLogId.set(logId.toHex(), log);
    return log;
  }

  #removeLog(log: LogReader): void {
    this.#logs.delete(log.key);
    this.#byLogId.delete(log.logId.toHex());
    this.#acknowledgements.remove(log);
  }

  async #subscribeTo(logs: readonly LogReader[]): Promise<void> {
    if (logs.length === 0) return;
    const generation = this.#generation;
    const device = this.#device();
    const leastOf = (log: LogReader): number =>
      log.key === keyringKey ? Math.max(log.cursor, device.database.read(keyringItem).seq) : log.cursor;
    const least = logs.map(leastOf);
    for (const log of logs) log.isSubscribing = true;
    const result = await device.connection.call(Methods.method.subscribe, {
      logs: logs.map((log) => ({ log: logRef(log), seq: BigInt(log.cursor) })),
    });
    if (generation !== this.#generation) return;
    for (const log of logs) log.isSubscribing = false;
    if (result.kind === 'answer') {
      logs.forEach((log, index) => {
        const head = Number(result.value.heads[index]?.seq ?? 0n);
        // What this device has, or another of the account, the server gave it: a log that ends before was cut short.
        if (head < (least[index] ?? 0)) void this.#shortened(log, head).catch(device.caught);
        log.head = Math.max(log.head ?? 0, head);
        this.#caughtUp(log);
        this.#watchBackfill(log, log.cursor);
      });
      return;
    }
    if (result.kind === 'lost') return;
    if (logs.length > 1) {
      await Promise.all(logs.map((log) => this.#subscribeTo([log])));
      return;
    }
    const [log] = logs;
    if (log === undefined) return;
    if (result.error.code === 'not_a_member' || result.error.code === 'unknown_conversation') {
      // A member reads its log, and who was taken out reads it up to that.
      void this.#shortened(log, 0).catch(device.caught);
      this.#removeLog(log);
      this.#checkCutover();
    } else device.connection.abandon();
  }

  async #shortened(log: LogReader, headSeq: number): Promise<void> {
    if (log.key === keyringKey) await noteShortened(this.#device());
    else if (log.key !== inboxKey) await raiseShortened(this.#device(), log.key, headSeq);
  }

  /** Read to its head without an end, a log whose conversation the server leaves out of the list. */
  #checkOver(log: LogReader, key: ConversationKey): void {
    log.isOver = false;
    const device = this.#device();
    const row = device.database.read((sql) => conversationByKey(sql, key));
    // What is broken may have passed over the commit that took it out.
    if (row?.state === 'ready' && !row.broken) void this.#shortened(log, 0).catch(device.caught);
  }

  async #drain(log: LogReader): Promise<void> {
    if (log.isDraining) return;
    log.isDraining = true;
    const generation = this.#generation;
    const settled = new Set<AccountId>();
    if (hasCaughtUp(log)) log.chainMark = this.#device().directory.mark();
    try {
      while (log.queue.length > 0 && generation === this.#generation) {
        const before = log.cursor;
        const stopped = await readQueue(this.#queueWork(), log, settled);
        if (generation !== this.#generation) return;
        log.stuck = log.cursor > before ? 0 : log.stuck;
        switch (stopped.kind) {
          case 'no':
            break;
          case 'gap':
          case 'malformed':
            this.#lostThread(log);
            break;
          case 'chains': {
            const answered = await this.#device().directory.refresh(stopped.wanted);
            if (generation !== this.#generation) return;
            if (!answered) {
              this.#device().connection.abandon();
              return;
            }
            for (const account of stopped.wanted) settled.add(account);
            break;
          }
          case 'ended':
            this.#removeLog(log);
            this.#checkCutover();
            // Who was taken out may be back already.
            this.relist().catch((error) => this.#device().caught(error));
            return;
        }
        this.#caughtUp(log);
      }
    } catch (error) {
      this.#device().caught(error);
      // What failed is asked for again, in the end on a new connection, rather than piling up here.
      if (generation === this.#generation) this.#lostThread(log, true);
    } finally {
      log.isDraining = false;
    }
  }

  #queueWork(): QueueWork {
    return {
      device: this.#device(),
      listener: this.#listener,
      acknowledgements: this.#acknowledgements,
      reopening: this.#reopening,
      depositCheck: this.#depositCheck,
      joined: (key) => void this.subscribe(key),
      missed: () => void this.relist().catch((error) => this.#device().caught(error)),
    };
  }

  /**
   * A gap, or an entry that does not decode: reads again from the own cursor; in the end on a new connection, but a
   * conversation, of which other members decide what there is to read here, by joining it anew.
   */
  #lostThread(log: LogReader, hasFailed = false): void {
    log.queue = [];
    if (log.isSubscribing) return;
    log.stuck += 1;
    if (log.stuck <= stuckLimit) void this.#subscribeTo([log]);
    else if (hasFailed || log.key === inboxKey || log.key === keyringKey) this.#device().connection.abandon();
    else this.#comeBack(log, log.key).catch(this.#device().caught);
  }

  /**
   * What follows here is not to be had, however often it is asked for: this device was taken out and added again, and no
   * Welcome brought it in. It joins by itself, and whatever a member made of the group meanwhile, the other logs go on.
   */
  async #comeBack(log: LogReader, key: ConversationKey): Promise<void> {
    const device = this.#device();
    this.#removeLog(log);
    await device.steps.run(async (step) => {
      const row = step.read((sql) => conversationByKey(sql, key));
      if (row?.state !== 'ready') return;
      await step.commit((sql, changes) => {
        updateConversation(sql, key, { state: 'joining' });
        changes.conversation(row.conversationId);
      });
    });
    this.#checkCutover();
    device.wake(key);
  }

  /** Backfill that stands still is asked for again: what was pushed got lost without the connection breaking. */
  #watchBackfill(log: LogReader, before: number): void {
    log.stopWatching?.();
    log.stopWatching = null;
    if (hasCaughtUp(log)) return;
    const generation = this.#generation;
    log.stopWatching = this.#device().clock.schedule(backfillPatienceMs, () => {
      log.stopWatching = null;
      if (generation !== this.#generation || this.#logs.get(log.key) !== log || hasCaughtUp(log)) return;
      if (log.cursor > before || log.isDraining) this.#watchBackfill(log, log.cursor);
      else this.#lostThread(log);
    });
  }

  #caughtUp(log: LogReader): void {
    if (!hasCaughtUp(log)) return;
    if (log.key === keyringKey) {
      tellKeyringHead(this.#device()).catch(this.#device().caught);
      if (log.isAwaitingHead) {
        this.#reopening.wake();
        this.#depositCheck.wake();
      }
      if (log.isAwaitingHead) this.#restoreList();
      log.isAwaitingHead = false;
    } else if (log.key !== inboxKey) {
      if (log.isOver) this.#checkOver(log, log.key);
      this.#device().wake(log.key);
    } else if (log.isAwaitingHead) {
      log.isAwaitingHead = false;
      this.#inboxReads += 1;
      this.#restoreList();
      const device = this.#device();
      for (const row of device.database.read(listConversations)) {
        if (row.state === 'joining' || row.state === 'waiting') device.wake(row.key);
      }
    }
    this.#checkCutover();
  }

  #restoreList(): void {
    if (this.#isListed && this.canReadBack) void this.#device().history.restoreList();
  }

  #checkCutover(): void {
    if (!this.#isListed || this.#isCutOver || this.#far.size > 0) return;
    for (const log of this.#logs.values()) if (!hasCaughtUp(log)) return;
    this.#isCutOver = true;
    const device = this.#device();
    device.connection.settled();
    this.#listener.phase('streaming');
    for (const row of device.database.read(listConversations)) device.wake(row.key);
  }
}
