/** The store over SQLite (spec/server.md §Store): writes go through the group commit, reads see what is committed. */
import type { DatabaseSync } from 'node:sqlite';
import type { AccountId, ConversationId, DeviceId, PasskeyId } from '@sotto/protocol';
import { done, type Outcome, refused } from '../../outcome.ts';
import type { Logger } from '../../ports.ts';
import { silentLogger } from '../../systemPorts.ts';
import type { BlobRecords } from '../blobRecords.ts';
import type { JoinStore } from '../joinStore.ts';
import {
  type AccountChange,
  type AccountItemRecord,
  type AccountReset,
  type AppendDraft,
  type Appended,
  type ChainChange,
  type Cursor,
  type EntryRange,
  type KeyPackageClaim,
  type KeyPackagePublication,
  type LogError,
  type LogKey,
  type LogPageRecord,
  type NewAccount,
  type NewConversation,
  type NewDeposits,
  type NewInvite,
  type PageQuery,
  type PushTarget,
  type ReadableLog,
  type ResetPermit,
  type SettingName,
  type Store,
  StoreUnavailable,
} from '../store.ts';
import { AccountItemTable } from './accountItemTable.ts';
import { AccountTables } from './accountTables.ts';
import { BlobTables } from './blobTables.ts';
import { ConversationTables, type WholeLog } from './conversationTables.ts';
import { DeviceTable } from './deviceTable.ts';
import { type FaultHook, GroupCommit } from './groupCommit.ts';
import { InboxTable } from './inboxTable.ts';
import { InviteTable } from './inviteTable.ts';
import { JoinTables } from './joinTables.ts';
import { KeyPackageTable } from './keyPackageTable.ts';
import { type LogHead, LogTables } from './logTables.ts';
import { sqliteCode } from './openDatabase.ts';
import { PassingTable } from './passingTable.ts';
import { PasskeyTable } from './passkeyTable.ts';
import { PushTable } from './pushTable.ts';
import { ResetTable } from './resetTable.ts';
import { SqliteBlobRecords } from './sqliteBlobRecords.ts';
import { SqliteJoinStore } from './sqliteJoinStore.ts';

export interface SqliteStoreOptions {
  /** Opened by `openDatabase` or `openMemoryDatabase`. */
  readonly database: DatabaseSync;
  /** The clock's `defer`: when what is queued is committed. */
  readonly defer: (run: () => void) => void;
  readonly logger?: Logger;
  /** For the simulator. */
  readonly faults?: FaultHook;
  /** False: `close` leaves the database open, for whoever gave it. */
  readonly ownsDatabase?: boolean;
}

/** What the parts of the store have in common: reads at once, writes by the group commit. */
export interface StoreAccess {
  read<T>(run: () => T): Promise<T>;
  write<T>(run: () => T): Promise<T>;
  readonly conversations: ConversationTables;
  readonly accounts: AccountTables;
}

/** Logs held in memory before it is emptied. */
const logsHeld = 100_000;
/** What is deleted stays in the journal until that is written over. */
const journalEmptiedEveryMs = 60_000;

export class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  /** The journal may have content that was let go of. */
  #hasLetGo = false;
  #journalEmptiedMs = 0;
  readonly #ownsDatabase: boolean;
  readonly #commits: GroupCommit;
  readonly #logs: LogTables;
  readonly #invites: InviteTable;
  readonly #accounts: AccountTables;
  readonly #devices: DeviceTable;
  readonly #pushes: PushTable;
  readonly #passkeys: PasskeyTable;
  readonly #resets: ResetTable;
  readonly #keyPackages: KeyPackageTable;
  readonly #conversations: ConversationTables;
  readonly #accountItems: AccountItemTable;
  readonly #inboxes: InboxTable;
  readonly #passing: PassingTable;
  readonly joins: JoinStore;
  readonly blobs: BlobRecords;
  readonly #getSetting;
  readonly #putSetting;
  #appended: Appended[] = [];
  #listener: (appended: readonly Appended[]) => void = () => {};

  constructor({ database, defer, logger = silentLogger, faults, ownsDatabase = true }: SqliteStoreOptions) {
    this.#database = database;
    this.#ownsDatabase = ownsDatabase;
    this.#logs = new LogTables(database);
    this.#invites = new InviteTable(database);
    this.#devices = new DeviceTable(database);
    this.#pushes = new PushTable(database);
    this.#passkeys = new PasskeyTable(database);
    this.#accounts = new AccountTables(database, this.#logs, this.#invites, this.#devices, this.#passkeys);
    this.#resets = new ResetTable(database, this.#accounts, this.#devices);
    this.#accountItems = new AccountItemTable(database);
    this.#keyPackages = new KeyPackageTable(database, this.#accounts);
    this.#inboxes = new InboxTable(database, this.#logs);
    const joins = new JoinTables(database);
    const blobs = new BlobTables(database);
    this.#passing = new PassingTable(database, blobs);
    const neighbours = {
      logs: this.#logs,
      accounts: this.#accounts,
      inboxes: this.#inboxes,
      joins,
      blobs,
      passing: this.#passing,
    };
    this.#conversations = new ConversationTables(database, neighbours, (entry) => {
      this.#appended.push(entry);
    });
    this.#getSetting = database.prepare('SELECT value FROM setting WHERE name = ?');
    this.#putSetting = database.prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)');
    const events = {
      beforeCommit: () => this.#conversations.beforeCommit(),
      committed: () => this.#committed(),
      rolledBack: () => this.#forget(),
      failed: (error: unknown) =>
        logger.error('store failed', {
          code: sqliteCode(error) ?? -1,
          message: error instanceof Error ? error.message : 'unknown',
        }),
    };
    this.#commits = new GroupCommit(database, defer, events, faults);
    const access: StoreAccess = {
      read: (run) => this.#read(run),
      write: (run) => this.#commits.submit(run),
      conversations: this.#conversations,
      accounts: this.#accounts,
    };
    this.joins = new SqliteJoinStore(joins, access);
    this.blobs = new SqliteBlobRecords(blobs, access);
  }

  onAppended(listener: (appended: readonly Appended[]) => void): void {
    this.#listener = listener;
  }

  readSetting(name: SettingName) {
    return this.#read(() => (this.#getSetting.get(name)?.value as Uint8Array | undefined) ?? null);
  }
  saveSetting(name: SettingName, value: Uint8Array) {
    return this.#commits.submit<void>(() => {
      this.#putSetting.run(name, value);
    });
  }

  countAccounts() {
    return this.#read(() => this.#accounts.count());
  }
  createAccount(account: NewAccount) {
    return this.#commits.submit(() => this.#accounts.create(account));
  }
  findAccount(by: { username: string } | { accountId: AccountId }) {
    return this.#read(() => this.#accounts.find(by));
  }
  readChain(accountId: AccountId, fromSeq: number) {
    return this.#read(() => this.#accounts.readChain(accountId, fromSeq));
  }
  extendChain(change: ChainChange) {
    return this.#commits.submit(() => this.#accounts.extendChain(change));
  }
  changeAccount(change: AccountChange) {
    return this.#commits.submit(() => this.#accounts.change(change));
  }
  resetAccount(reset: AccountReset) {
    return this.#commits.submit(() => this.#resets.reset(reset));
  }
  permitReset(permit: ResetPermit) {
    return this.#commits.submit(() => this.#resets.permit(permit));
  }
  findReset(tokenHash: Uint8Array, nowMs: number) {
    return this.#read(() => this.#resets.find(tokenHash, nowMs));
  }
  listReplacedContacts(accountId: AccountId) {
    return this.#read(() => this.#resets.contacts(accountId));
  }
  findPasskey(accountId: AccountId, passkeyId: PasskeyId) {
    return this.#read(() => this.#passkeys.find(accountId, passkeyId));
  }
  listPasskeys(accountId: AccountId) {
    return this.#read(() => this.#passkeys.list(accountId));
  }
  passkeyUsed(accountId: AccountId, passkeyId: PasskeyId, atMs: number) {
    return this.#commits.submit<void>(() => this.#passkeys.used(accountId, passkeyId, atMs));
  }
  findDevice(deviceId: DeviceId) {
    return this.#read(() => this.#accounts.readDevice(deviceId));
  }
  listDevices(accountId: AccountId) {
    return this.#read(() => this.#devices.list(accountId));
  }
  labelDevice(accountId: AccountId, deviceId: DeviceId, label: Uint8Array) {
    return this.#commits.submit(() => this.#devices.label(accountId, deviceId, label));
  }
  setPushTarget(deviceId: DeviceId, endpoint: string | null) {
    return this.#commits.submit<void>(() => this.#pushes.set(deviceId, endpoint));
  }
  clearPushTarget(target: PushTarget) {
    return this.#commits.submit<void>(() => this.#pushes.clear(target));
  }
  listPushTargets(conversationId: ConversationId, except: AccountId) {
    return this.#read(() => this.#pushes.ofConversation(conversationId, except));
  }
  deviceSeen(deviceId: DeviceId, atMs: number) {
    return this.#commits.submit<void>(() => this.#devices.seen(deviceId, atMs));
  }
  takeDeliveries(deviceId: DeviceId, takenSeq: number) {
    return this.#commits.submit(() => {
      this.#devices.taken(deviceId, takenSeq);
      return this.#devices.deliveries(deviceId, takenSeq);
    });
  }

  publishKeyPackages(publication: KeyPackagePublication) {
    return this.#commits.submit(() => this.#keyPackages.publish(publication));
  }
  claimKeyPackages(claim: KeyPackageClaim) {
    return this.#commits.submit(() => this.#keyPackages.claim(claim));
  }

  createInvite(invite: NewInvite) {
    return this.#commits.submit(() => this.#invites.create(invite));
  }
  findInvite(tokenHash: Uint8Array, nowMs: number) {
    return this.#read(() => this.#invites.find(tokenHash, nowMs));
  }

  createConversation(conversation: NewConversation) {
    return this.#commits.submit(() => this.#conversations.create(conversation));
  }
  append(draft: AppendDraft) {
    return this.#commits.submit(() => this.#conversations.append(draft));
  }
  listConversations(accountId: AccountId, deviceId: DeviceId) {
    return this.#read(() => this.#conversations.list(accountId, deviceId));
  }
  readGroupInfo(conversationId: ConversationId, accountId: AccountId) {
    return this.#read(() => this.#conversations.readGroupInfo(conversationId, accountId));
  }
  readEpoch(conversationId: ConversationId, deviceId: DeviceId) {
    return this.#read(() => this.#conversations.readEpoch(conversationId, deviceId));
  }
  listContacts(accountId: AccountId, maxAccounts: number) {
    return this.#read(() => this.#conversations.listContacts(accountId, maxAccounts));
  }

  openLogs(deviceId: DeviceId, logs: readonly LogKey[]) {
    return this.#read((): Outcome<ReadableLog[], LogError> => {
      const opened: ReadableLog[] = [];
      for (const log of logs) {
        const readable = this.#readable(deviceId, log);
        if (readable.kind === 'refused') return readable;
        const { headSeq, afterSeq, throughSeq } = readable.value;
        opened.push({ headSeq, afterSeq, throughSeq });
      }
      return done(opened);
    });
  }
  readEntries(log: LogKey, range: EntryRange) {
    return this.#read(() => {
      const head = this.#logs.find(log);
      if (head === null) return [];
      return log.kind === 'inbox' ? this.#inboxes.read(head, range) : this.#logs.read(head.number, range);
    });
  }
  readPages(accountId: AccountId, pages: readonly PageQuery[], maxSizeBytes: number) {
    return this.#read((): Outcome<LogPageRecord[], LogError> => {
      const records: LogPageRecord[] = [];
      let leftBytes = maxSizeBytes;
      for (const { log, beforeSeq, maxEntries } of pages) {
        const head = this.#wholeLog(accountId, log);
        if (head.kind === 'refused') return head;
        const { log: whole, headSeq, firstSeq } = head.value;
        const endSeq = Math.min(beforeSeq ?? headSeq + 1, headSeq + 1);
        const count = Math.min(maxEntries, endSeq - firstSeq);
        const entries =
          count > 0 && (leftBytes > 0 || records.length === 0)
            ? this.#logs.readBefore(whole.number, endSeq, count, leftBytes)
            : [];
        leftBytes -= entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
        records.push({ headSeq, firstSeq, entries: entries.map(({ bytes }) => bytes) });
      }
      return done(records);
    });
  }
  deposit({ sender, accountId, nowMs, deposits }: NewDeposits) {
    return this.#commits.submit((): Outcome<null, LogError> => {
      for (const { deposit } of accountId === sender.accountId ? [] : deposits) {
        const id = deposit.conversationId.toHex() as ConversationId;
        const member = this.#conversations.memberLog(id, sender);
        if (member.kind === 'refused') return member;
        if (!this.#conversations.hasAccount(id, accountId)) return refused('not_a_member');
      }
      for (const { transactionId, deposit } of deposits)
        this.#conversations.appendDeposit(sender, transactionId, nowMs, accountId, deposit);
      return done(null);
    });
  }
  putAccountItems(accountId: AccountId, items: readonly AccountItemRecord[]) {
    return this.#commits.submit(() => this.#accountItems.put(accountId, items));
  }
  readAccountItems(accountId: AccountId, afterVersion: number, maxItems: number, maxSizeBytes: number) {
    return this.#read(() => this.#accountItems.read(accountId, afterVersion, maxItems, maxSizeBytes));
  }
  acknowledge(deviceId: DeviceId, cursors: readonly Cursor[]) {
    return this.#commits.submit((): Outcome<null, LogError> => {
      const device = this.#accounts.findDevice(deviceId);
      if (device === null) return refused('not_a_member');
      const moves: { cursor: Cursor; head: LogHead }[] = [];
      for (const cursor of cursors) {
        const readable = this.#readable(deviceId, cursor.log);
        if (readable.kind === 'refused') return readable;
        moves.push({ cursor, head: readable.value.log });
      }
      for (const { cursor, head } of moves) {
        this.#logs.moveCursor(device.number, head, cursor.seq);
        if (cursor.log.kind === 'inbox') this.#inboxes.deleteThrough(head, cursor.seq);
        else this.#passing.touch(head.number);
      }
      return done(null);
    });
  }

  async letPassingGo(nowMs: number, maxEntries: number): Promise<number> {
    const count = await this.#commits.submit(() => this.#passing.letGo(nowMs, maxEntries));
    this.#hasLetGo ||= count > 0;
    const isDue = Math.abs(nowMs - this.#journalEmptiedMs) >= journalEmptiedEveryMs;
    if (this.#hasLetGo && isDue && this.#commits.alive && this.#database.isOpen) {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      this.#hasLetGo = false;
      this.#journalEmptiedMs = nowMs;
    }
    return count;
  }

  async close(): Promise<void> {
    this.#commits.close();
    if (this.#ownsDatabase && this.#database.isOpen) this.#database.close();
  }

  #readable(deviceId: DeviceId, log: LogKey): Outcome<ReadableLog & { log: LogHead }, LogError> {
    if (log.kind === 'conversation') return this.#conversations.readable(log.id, deviceId);
    const isOwn =
      log.kind === 'inbox' ? log.id === deviceId : log.id === this.#accounts.findDevice(deviceId)?.accountId;
    const head = isOwn ? this.#logs.find(log) : null;
    if (head === null) return refused('not_a_member');
    return done({ log: head, headSeq: head.headSeq, afterSeq: 0, throughSeq: null });
  }

  #wholeLog(accountId: AccountId, log: LogKey): Outcome<WholeLog, LogError> {
    if (log.kind === 'conversation') return this.#conversations.logOf(log.id, accountId);
    const head = log.kind === 'keyring' && log.id === accountId ? this.#logs.find(log) : null;
    if (head === null) return refused('not_a_member');
    return done({ log: head, headSeq: head.headSeq, firstSeq: 1 });
  }

  /** Reads run at once, between commits. */
  #read<T>(run: () => T): Promise<T> {
    if (!this.#commits.alive) return new Promise(() => {});
    try {
      return Promise.resolve(run());
    } catch (error) {
      return Promise.reject(new StoreUnavailable('The store could not be read.', { cause: error }));
    }
  }

  #committed(): void {
    const appended = this.#appended;
    this.#appended = [];
    if (this.#logs.size > logsHeld || this.#conversations.memoryIsFull) this.#forget();
    if (appended.length > 0) this.#listener(appended);
  }

  #forget(): void {
    this.#appended = [];
    this.#logs.forget();
    this.#conversations.forget();
    this.#passing.forget();
  }
}
