/**
 * `conversation`, `group_info`, `member_device`, `member_account` and `sent` (spec/server.md §Conversations). Invariants: an entry is
 * only ever appended to the epoch that it names; a commit moves the epoch by one together with the group info, the
 * members and the Welcomes; one (conversation, device, transaction id) appends once.
 *
 * State of conversations in use is held in memory, which is sound because this process alone owns the database;
 * after a rollback all of it is forgotten. The file is long because every statement stands beside what uses it.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type AccountId, type ConversationId, type DeviceId, idToBytes, limits } from '@sotto/protocol';
import { encodeMessageEntryFast } from '../../hotCodec.ts';
import { encodeEntry, encodePassingEntry } from '../../log/encodeEntry.ts';
import { done, type Outcome, refused } from '../../outcome.ts';
import type {
  AppendDraft,
  AppendError,
  Appended,
  AppendReceipt,
  CommitDraft,
  ConversationRecord,
  CreateConversationError,
  CreatedConversation,
  DepositRecord,
  GroupInfoRecord,
  LogError,
  MemberDeviceId,
  MessageDraft,
  NewConversation,
  ReadableLog,
  Sent,
} from '../store.ts';
import type { AccountTables } from './accountTables.ts';
import type { BlobTables } from './blobTables.ts';
import type { InboxTable } from './inboxTable.ts';
import type { JoinTables } from './joinTables.ts';
import type { LogHead, LogTables } from './logTables.ts';
import {
  directPair,
  encodeMember,
  externalCommit,
  type Member,
  type MemberAccount,
  type Membership,
  presentAccounts,
  refuseCommit,
  withImpliedAccounts,
} from './membership.ts';
import type { PassingTable } from './passingTable.ts';
import { type ConversationSent, type SentLog, SentTable } from './sentTable.ts';

interface ConversationState extends Membership {
  readonly log: LogHead;
  epoch: number;
  readonly members: Map<DeviceId, Member>;
  readonly accounts: Map<AccountId, MemberAccount>;
  /** Null until somebody appends. */
  sent: ConversationSent | null;
}

/** What the other tables of the store are needed for. */
export interface ConversationNeighbours {
  readonly logs: LogTables;
  readonly accounts: AccountTables;
  readonly inboxes: InboxTable;
  readonly joins: JoinTables;
  readonly blobs: BlobTables;
  readonly passing: PassingTable;
}

/** What an account may read of a conversation's log. */
export interface WholeLog {
  readonly log: LogHead;
  readonly headSeq: number;
  readonly firstSeq: number;
}

/** Members and, weighing more, senders over all conversations that are held in memory before it is emptied. */
const weightHeld = 200_000;
const senderWeight = 100;

export class ConversationTables {
  readonly #logs: LogTables;
  readonly #accounts: AccountTables;
  readonly #inboxes: InboxTable;
  readonly #joins: JoinTables;
  readonly #blobs: BlobTables;
  readonly #passing: PassingTable;
  readonly #appended: (entry: Appended) => void;
  readonly #states = new Map<ConversationId, ConversationState>();
  #weight = 0;
  readonly #find;
  readonly #readMembers;
  readonly #readAccounts;
  readonly #putAccount;
  readonly #removeAccount;
  readonly #setAccounts;
  readonly #insert;
  readonly #findDirect;
  readonly #countOf;
  readonly #setEpoch;
  readonly #putGroupInfo;
  readonly #readGroupInfo;
  readonly #putMember;
  readonly #removeMember;
  readonly #sent: SentTable;
  readonly #list;
  readonly #contacts;

  constructor(
    database: DatabaseSync,
    { logs, accounts, inboxes, joins, blobs, passing }: ConversationNeighbours,
    appended: (entry: Appended) => void,
  ) {
    this.#logs = logs;
    this.#accounts = accounts;
    this.#inboxes = inboxes;
    this.#joins = joins;
    this.#blobs = blobs;
    this.#passing = passing;
    this.#appended = appended;
    this.#find = database.prepare('SELECT epoch, direct_pair AS pair FROM conversation WHERE log = ?');
    this.#readMembers = database.prepare(
      `SELECT device.id AS deviceId, member_device.device, account.id AS accountId, joined_seq AS joinedSeq,
         removed_seq AS removedSeq
       FROM member_device JOIN device ON device.number = member_device.device
         JOIN account ON account.number = member_device.account
       WHERE conversation = ?`,
    );
    this.#readAccounts = database.prepare(
      `SELECT account.id AS accountId, first_seq AS firstSeq, removed_seq AS removedSeq
       FROM member_account JOIN account ON account.number = member_account.account WHERE conversation = ?`,
    );
    this.#putAccount = database.prepare(
      `INSERT INTO member_account (conversation, account, first_seq) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET first_seq = excluded.first_seq, removed_seq = NULL`,
    );
    this.#removeAccount = database.prepare(
      'UPDATE member_account SET removed_seq = ? WHERE conversation = ? AND account = ?',
    );
    this.#setAccounts = database.prepare('UPDATE conversation SET accounts = ? WHERE log = ?');
    this.#insert = database.prepare(
      'INSERT INTO conversation (log, epoch, direct_pair, sent_seq) VALUES (?, 0, ?, 0)',
    );
    this.#findDirect = database.prepare(
      'SELECT log.id FROM conversation JOIN log ON log.number = conversation.log WHERE direct_pair = ?',
    );
    this.#countOf = database.prepare(
      `SELECT count(*) AS conversations FROM member_account
       WHERE account = (SELECT number FROM account WHERE id = ?) AND removed_seq IS NULL`,
    );
    this.#setEpoch = database.prepare('UPDATE conversation SET epoch = ? WHERE log = ?');
    this.#putGroupInfo = database.prepare(
      'INSERT OR REPLACE INTO group_info (conversation, group_info, ratchet_tree) VALUES (?, ?, ?)',
    );
    this.#readGroupInfo = database.prepare(
      'SELECT group_info AS groupInfo, ratchet_tree AS ratchetTree FROM group_info WHERE conversation = ?',
    );
    this.#putMember = database.prepare(
      `INSERT INTO member_device (conversation, device, account, joined_seq) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET joined_seq = excluded.joined_seq, removed_seq = NULL`,
    );
    this.#removeMember = database.prepare(
      'UPDATE member_device SET removed_seq = ? WHERE conversation = ? AND device = ?',
    );
    this.#sent = new SentTable(database, logs);
    this.#list = database.prepare(
      `SELECT log.id FROM member_account JOIN log ON log.number = member_account.conversation
       WHERE account = (SELECT number FROM account WHERE id = ?) AND removed_seq IS NULL
       ORDER BY log.number`,
    );
    this.#contacts = database.prepare(
      `SELECT DISTINCT account.id FROM member_account AS own
         JOIN conversation ON conversation.log = own.conversation AND conversation.accounts <= ?2
         JOIN member_account AS other ON other.conversation = own.conversation AND other.removed_seq IS NULL
         JOIN account ON account.number = other.account
       WHERE own.account = (SELECT number FROM account WHERE id = ?1) AND own.removed_seq IS NULL AND account.id <> ?1`,
    );
  }

  create(draft: NewConversation): Outcome<CreatedConversation, CreateConversationError> {
    const { conversationId, sender, commit, directAccountIds } = draft;
    const device = this.#accounts.findDevice(sender.deviceId);
    if (device === null) return refused('not_a_member');
    const present = this.#load(conversationId);
    if (present !== null) {
      const sentBefore = this.#sentBy(present, device.number, sender);
      const earlier = this.#sent.find(sentBefore, draft.transactionId);
      if (earlier === null) return refused('conversation_exists');
      return done({ ...earlier, conversationId, existed: false });
    }
    const pair = directPair(directAccountIds);
    if (pair !== null) {
      if (!directAccountIds.includes(sender.accountId)) return refused('not_a_member');
      if (directAccountIds.some((id) => this.#accounts.numberOf(id) === null))
        return refused('unknown_account');
      const row = this.#findDirect.get(pair);
      if (row !== undefined) {
        const existing = (row.id as Uint8Array).toHex() as ConversationId;
        return done({ conversationId: existing, existed: true, seq: 0, acceptedAtMs: 0 });
      }
      if (directAccountIds.some((id) => this.#accounts.isClosed(id))) return refused('account_closed');
    }
    if (commit.external || commit.removed.length > 0) return refused('malformed');
    const creator: Member = {
      device: device.number,
      accountId: sender.accountId,
      joinedSeq: 0,
      removedSeq: null,
    };
    const founding: Membership = {
      id: conversationId,
      isDirect: pair !== null,
      epoch: 0,
      members: new Map([[sender.deviceId, creator]]),
      accounts: new Map(
        (pair === null ? [sender.accountId] : directAccountIds).map((id) => [id, foundingAccount]),
      ),
    };
    const whole = withImpliedAccounts(founding, commit);
    const refusal = refuseCommit(this.#accounts, founding, whole);
    if (refusal !== null) return refusal;
    const { conversationsPerAccount } = limits;
    if (
      (this.#countOf.get(idToBytes(sender.accountId))?.conversations as number) >= conversationsPerAccount
    ) {
      return refused('too_many', { limit: conversationsPerAccount });
    }

    const log = this.#logs.create({ kind: 'conversation', id: conversationId });
    this.#insert.run(log.number, pair);
    this.#putMember.run(log.number, device.number, device.account, 0);
    for (const id of founding.accounts.keys()) {
      this.#putAccount.run(log.number, this.#accounts.numberOf(id), foundingAccount.firstSeq);
    }
    this.#setAccounts.run(founding.accounts.size, log.number);
    const members = new Map(founding.members);
    const state = this.#hold({ ...founding, log, members, accounts: new Map(founding.accounts), sent: null });
    return done({
      ...this.#appendCommit(state, this.#sentBy(state, device.number, sender), draft, whole),
      conversationId,
      existed: false,
    });
  }

  append(draft: AppendDraft): Outcome<AppendReceipt, AppendError> {
    const state = this.#load(draft.conversationId);
    if (state === null) return refused('unknown_conversation');
    const device = this.#senderDevice(state, draft);
    if (device === null) return refused('not_a_member');
    const sentBy = this.#sentBy(state, device, draft.sender);
    const earlier = this.#sent.find(sentBy, draft.transactionId);
    if (earlier !== null) return done(earlier);
    if (draft.epoch !== BigInt(state.epoch)) return refused('stale_epoch', { epoch: BigInt(state.epoch) });
    if (draft.content.kind === 'message') return this.#takeMessage(state, sentBy, draft, draft.content);
    const commit = draft.content.commit.external
      ? externalCommit(state, draft.sender, draft.content.commit)
      : withImpliedAccounts(state, draft.content.commit);
    return (
      refuseCommit(this.#accounts, state, commit) ?? done(this.#appendCommit(state, sentBy, draft, commit))
    );
  }

  list(accountId: AccountId, deviceId: DeviceId): ConversationRecord[] {
    return this.#list.all(idToBytes(accountId)).flatMap((row) => {
      const state = this.#load((row.id as Uint8Array).toHex() as ConversationId);
      if (state === null) return [];
      return [
        {
          conversationId: state.id,
          epoch: state.epoch,
          headSeq: state.log.headSeq,
          deviceIsMember: state.members.get(deviceId)?.removedSeq === null,
          isGroup: !state.isDirect,
          firstSeq: state.accounts.get(accountId)?.firstSeq ?? 1,
          accountIds: state.isDirect ? [...state.accounts.keys()].sort() : [],
        },
      ];
    });
  }

  readGroupInfo(
    conversationId: ConversationId,
    accountId: AccountId,
  ): Outcome<GroupInfoRecord, 'unknown_conversation' | 'not_a_member'> {
    const state = this.#load(conversationId);
    if (state === null) return refused('unknown_conversation');
    if (!isIn(state, accountId)) return refused('not_a_member');
    const row = this.#readGroupInfo.get(state.log.number) as unknown as {
      groupInfo: Uint8Array;
      ratchetTree: Uint8Array;
    };
    const { groupInfo, ratchetTree } = row;
    return done({ groupInfo, ratchetTree, epoch: state.epoch, headSeq: state.log.headSeq });
  }

  readEpoch(
    conversationId: ConversationId,
    deviceId: DeviceId,
  ): Outcome<number, 'unknown_conversation' | 'not_a_member'> {
    const state = this.#load(conversationId);
    if (state === null) return refused('unknown_conversation');
    const member = state.members.get(deviceId);
    return member === undefined || member.removedSeq !== null ? refused('not_a_member') : done(state.epoch);
  }

  listContacts(accountId: AccountId, maxAccounts: number): AccountId[] {
    return this.#contacts
      .all(idToBytes(accountId), maxAccounts)
      .map((row) => (row.id as Uint8Array).toHex() as AccountId);
  }

  /** The number of the conversation's log, where `by` is a member device of it. */
  memberLog(conversationId: ConversationId, { deviceId }: MemberDeviceId): Outcome<number, LogError> {
    const state = this.#load(conversationId);
    if (state === null) return refused('unknown_conversation');
    return state.members.get(deviceId)?.removedSeq === null
      ? done(state.log.number)
      : refused('not_a_member');
  }

  logNumber(conversationId: ConversationId): Outcome<number, 'unknown_conversation'> {
    const state = this.#load(conversationId);
    return state === null ? refused('unknown_conversation') : done(state.log.number);
  }

  /** Whether the account is a member, with devices or without. */
  hasAccount(conversationId: ConversationId, accountId: AccountId): boolean {
    const state = this.#load(conversationId);
    return state !== null && isIn(state, accountId);
  }

  /** What the device may read: nothing (null) where it never was a member. */
  readable(
    conversationId: ConversationId,
    deviceId: DeviceId,
  ): Outcome<ReadableLog & { log: LogHead }, 'unknown_conversation' | 'not_a_member'> {
    const state = this.#load(conversationId);
    if (state === null) return refused('unknown_conversation');
    const member = state.members.get(deviceId);
    if (member === undefined) return refused('not_a_member');
    const { joinedSeq, removedSeq } = member;
    return done({ log: state.log, headSeq: state.log.headSeq, afterSeq: joinedSeq, throughSeq: removedSeq });
  }

  get memoryIsFull(): boolean {
    return this.#weight > weightHeld;
  }

  beforeCommit(): void {
    this.#sent.beforeCommit();
  }

  /** Forgets what is in memory: after a rollback, or to make room. */
  forget(): void {
    this.#sent.forget();
    this.#states.clear();
    this.#weight = 0;
  }

  #load(id: ConversationId): ConversationState | null {
    const known = this.#states.get(id);
    if (known !== undefined) return known;
    const log = this.#logs.find({ kind: 'conversation', id });
    if (log === null) return null;
    const members = new Map<DeviceId, Member>();
    for (const row of this.#readMembers.iterate(log.number)) {
      members.set((row.deviceId as Uint8Array).toHex() as DeviceId, {
        device: row.device as number,
        accountId: (row.accountId as Uint8Array).toHex() as AccountId,
        joinedSeq: row.joinedSeq as number,
        removedSeq: row.removedSeq as number | null,
      });
    }
    const accounts = new Map<AccountId, MemberAccount>();
    for (const row of this.#readAccounts.iterate(log.number)) {
      accounts.set((row.accountId as Uint8Array).toHex() as AccountId, {
        firstSeq: row.firstSeq as number,
        removedSeq: row.removedSeq as number | null,
      });
    }
    const row = this.#find.get(log.number);
    const isDirect = (row?.pair ?? null) !== null;
    return this.#hold({ id, log, isDirect, epoch: row?.epoch as number, members, accounts, sent: null });
  }

  #hold(state: ConversationState): ConversationState {
    this.#states.set(state.id, state);
    this.#weight += state.members.size + state.accounts.size + 1;
    return state;
  }

  /** The number of the sending device, where it may append what it sends. */
  #senderDevice(state: ConversationState, { sender, content }: AppendDraft): number | null {
    const member = state.members.get(sender.deviceId);
    if (member !== undefined && member.removedSeq === null) return member.device;
    const isJoining = content.kind === 'commit' && content.commit.external;
    if (!isJoining || !isIn(state, sender.accountId)) return null;
    return this.#accounts.findDevice(sender.deviceId)?.number ?? null;
  }

  #sentBy(state: ConversationState, device: number, sender: MemberDeviceId): SentLog {
    state.sent ??= this.#sent.open(state.log, (id) => state.members.get(id)?.device ?? null);
    const before = state.sent.senders.size;
    const sentLog = this.#sent.sender(state.sent, device, sender);
    this.#weight += (state.sent.senders.size - before) * senderWeight;
    return sentLog;
  }

  #appendCommit(state: ConversationState, sentBy: SentLog, sent: Sent, commit: CommitDraft): AppendReceipt {
    const value = {
      commit: commit.commit,
      external: commit.external,
      added: commit.added.map(encodeMember),
      removed: commit.removed.map(encodeMember),
      note: commit.note,
      accountsAdded: commit.accountsAdded.map(({ accountId, readsFromStart }) => ({
        accountId: idToBytes(accountId),
        readsFromStart,
      })),
      accountsRemoved: commit.accountsRemoved.map(idToBytes),
    };
    const added = new Set(commit.added.map(({ deviceId }) => deviceId));
    const gone = commit.removed.map(({ deviceId }) => deviceId).filter((id) => !added.has(id));
    const { transactionId, nowMs } = sent;
    const { senderAccount, senderDevice } = sentBy;
    const bytes = encodeEntry({
      seq: BigInt(state.log.headSeq + 1),
      acceptedAtMs: BigInt(nowMs),
      transactionId,
      senderAccount,
      senderDevice,
      epoch: BigInt(state.epoch),
      kind: { case: 'commit', value },
      prevHash: this.#logs.headHash(state.log),
    });
    const receipt = this.#appendEntry(state, sentBy, sent, bytes, gone);
    const conversation = state.log.number;
    state.epoch += 1;
    this.#setEpoch.run(state.epoch, conversation);
    this.#putGroupInfo.run(conversation, commit.groupInfo, commit.ratchetTree);
    for (const id of gone) {
      const member = state.members.get(id)!;
      this.#removeMember.run(receipt.seq, conversation, member.device);
      member.removedSeq = receipt.seq;
    }
    if (gone.length > 0) this.#passing.touch(conversation);
    for (const { deviceId, accountId } of commit.added)
      this.#addMember(state, deviceId, accountId, receipt.seq);
    this.#changeAccounts(state, commit, receipt.seq);
    this.#appendWelcomes(state, sent, commit, receipt.seq);
    for (const { accountId, deposit } of commit.deposits)
      this.appendDeposit(sent.sender, transactionId, nowMs, accountId, deposit);
    return receipt;
  }

  /** Appends to the account's keyring. */
  appendDeposit(
    sender: MemberDeviceId,
    transactionId: Uint8Array,
    nowMs: number,
    accountId: AccountId,
    deposit: DepositRecord,
  ): void {
    const keyring = this.#logs.find({ kind: 'keyring', id: accountId });
    if (keyring === null) throw new Error('An account without a keyring.');
    const seq = keyring.headSeq + 1;
    const bytes = encodeEntry({
      seq: BigInt(seq),
      acceptedAtMs: BigInt(nowMs),
      transactionId,
      senderAccount: idToBytes(sender.accountId),
      senderDevice: idToBytes(sender.deviceId),
      kind: { case: 'deposit', value: deposit },
      prevHash: this.#logs.headHash(keyring),
    });
    this.#logs.append(keyring, bytes);
    this.#appended({ log: { kind: 'keyring', id: accountId }, seq, bytes, isWhole: true, removed: [] });
  }

  /** What every device of the account may read back, whenever the device came. */
  logOf(conversationId: ConversationId, accountId: AccountId): Outcome<WholeLog, LogError> {
    const state = this.#load(conversationId);
    if (state === null) return refused('unknown_conversation');
    const account = state.accounts.get(accountId);
    if (account === undefined) return refused('not_a_member');
    const { firstSeq, removedSeq } = account;
    return done({ log: state.log, firstSeq, headSeq: removedSeq ?? state.log.headSeq });
  }

  #changeAccounts(state: ConversationState, commit: CommitDraft, seq: number): void {
    const conversation = state.log.number;
    if (commit.accountsAdded.length + commit.accountsRemoved.length === 0) return;
    for (const id of commit.accountsRemoved) {
      this.#removeAccount.run(seq, conversation, this.#accounts.numberOf(id));
      state.accounts.set(id, { ...state.accounts.get(id)!, removedSeq: seq });
    }
    for (const { accountId, readsFromStart } of commit.accountsAdded) {
      const account = { firstSeq: readsFromStart ? 1 : seq, removedSeq: null };
      this.#putAccount.run(conversation, this.#accounts.numberOf(accountId), account.firstSeq);
      state.accounts.set(accountId, account);
      this.#joins.dropRequest(conversation, accountId);
    }
    this.#setAccounts.run(presentAccounts(state.accounts), conversation);
  }

  #appendWelcomes(state: ConversationState, sent: Sent, commit: CommitDraft, commitSeq: number): void {
    const { welcomes } = commit;
    if (welcomes.length === 0) return;
    const share = this.#inboxes.share(commit);
    const conversationId = idToBytes(state.id);
    for (const { deviceId, welcome } of welcomes) {
      this.#appended(this.#inboxes.append(share, deviceId, sent, { conversationId, welcome, commitSeq }));
    }
  }

  #takeMessage(
    state: ConversationState,
    sentBy: SentLog,
    sent: Sent,
    message: MessageDraft,
  ): Outcome<AppendReceipt, 'blob_unknown'> {
    if (message.blobIds.length === 0) return done(this.#appendMessage(state, sentBy, sent, message));
    const account = this.#accounts.numberOf(sent.sender.accountId)!;
    const blobs = this.#blobs.sendable(account, message.blobIds);
    if (blobs === null) return refused('blob_unknown');
    const receipt = this.#appendMessage(state, sentBy, sent, message);
    const expiresAtMs = message.kept === null ? sent.nowMs + limits.passingBlobLifetimeMs : null;
    this.#blobs.hold(blobs, { conversation: state.log.number, seq: receipt.seq, account, expiresAtMs });
    return done(receipt);
  }

  #addMember(state: ConversationState, deviceId: DeviceId, accountId: AccountId, seq: number): void {
    const { number, account } = this.#accounts.findDevice(deviceId)!;
    const before = state.members.get(deviceId);
    // A member that rejoins keeps what it could read.
    const joinedSeq = before !== undefined && before.removedSeq === null ? before.joinedSeq : seq;
    this.#putMember.run(state.log.number, number, account, joinedSeq);
    state.members.set(deviceId, { device: number, accountId, joinedSeq, removedSeq: null });
  }

  #appendMessage(
    state: ConversationState,
    sentBy: SentLog,
    sent: Sent,
    { body, live, kept, passing }: MessageDraft,
  ): AppendReceipt {
    const { transactionId, nowMs } = sent;
    if (passing) return this.#appendPassing(state, sentBy, sent, { body, live });
    const bytes = encodeMessageEntryFast({
      seq: state.log.headSeq + 1,
      acceptedAtMs: nowMs,
      transactionId,
      senderAccount: sentBy.senderAccount,
      senderDevice: sentBy.senderDevice,
      epoch: state.epoch,
      body,
      live,
      kept,
      prevHash: this.#logs.headHash(state.log),
    });
    return this.#appendEntry(state, sentBy, sent, bytes, []);
  }

  #appendPassing(
    state: ConversationState,
    sentBy: SentLog,
    sent: Sent,
    content: Pick<MessageDraft, 'body' | 'live'>,
  ): AppendReceipt {
    const bytes = encodePassingEntry(
      {
        seq: BigInt(state.log.headSeq + 1),
        acceptedAtMs: BigInt(sent.nowMs),
        transactionId: sent.transactionId,
        senderAccount: sentBy.senderAccount,
        senderDevice: sentBy.senderDevice,
        epoch: BigInt(state.epoch),
        prevHash: this.#logs.headHash(state.log),
      },
      content,
    );
    const receipt = this.#appendEntry(state, sentBy, sent, bytes, []);
    this.#passing.insert(state.log.number, receipt.seq, sent.nowMs + limits.passingLifetimeMs);
    return receipt;
  }

  /** Appends `bytes`, an entry with the next seq, and remembers that it was. */
  #appendEntry(
    state: ConversationState,
    sentBy: SentLog,
    { transactionId, nowMs }: Sent,
    bytes: Uint8Array,
    removed: readonly DeviceId[],
  ): AppendReceipt {
    const seq = this.#logs.append(state.log, bytes);
    const receipt = { seq, acceptedAtMs: nowMs };
    this.#sent.add(state.sent!, sentBy, transactionId, receipt);
    this.#appended({ log: { kind: 'conversation', id: state.id }, seq, bytes, isWhole: true, removed });
    return receipt;
  }
}

const foundingAccount: MemberAccount = { firstSeq: 1, removedSeq: null };

function isIn({ accounts }: Membership, accountId: AccountId): boolean {
  return accounts.get(accountId)?.removedSeq === null;
}
