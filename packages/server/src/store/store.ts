import type { AccountId, ConversationId, DeviceId, PasskeyId } from '@sotto/protocol';
import type { Outcome } from '../outcome.ts';
import type { BlobId, BlobRecords } from './blobRecords.ts';
import type { JoinStore } from './joinStore.ts';

/**
 * The store port (spec/server.md §Store). Every operation is atomic and durable before its promise resolves;
 * an operation that was refused, or that rejected with `StoreUnavailable`, has changed nothing. Operations take
 * effect in the order in which they were called.
 */
export interface Store {
  /**
   * Told of every entry that became durable, in order, once per commit and before the promises of the
   * operations resolve. At most one listener.
   */
  onAppended(listener: (appended: readonly Appended[]) => void): void;

  readSetting(name: SettingName): Promise<Uint8Array | null>;
  saveSetting(name: SettingName, value: Uint8Array): Promise<void>;

  countAccounts(): Promise<number>;
  /** Account, vault, entry 0 of its chain, its first device and the use of its invite, in one step. */
  createAccount(account: NewAccount): Promise<Outcome<null, CreateAccountError>>;
  findAccount(by: { username: string } | { accountId: AccountId }): Promise<AccountRecord | null>;
  /** Entries from `fromSeq` on, at most `limits.chainEntries`. Empty for an unknown account. */
  readChain(accountId: AccountId, fromSeq: number): Promise<StoredChainEntry[]>;
  /** Adds the entry after the present head. A repetition of the head itself is accepted and changes nothing. */
  extendChain(change: ChainChange): Promise<Outcome<null, ExtendChainError>>;
  /** The same with what opens the account: all of it or nothing. */
  changeAccount(change: AccountChange): Promise<Outcome<null, ExtendChainError>>;
  /**
   * Creates an account that takes the name and the place of another, and closes that one: its devices, passkeys and
   * invites go, its vault stays sealed as it was. A repetition is accepted and changes nothing.
   */
  resetAccount(reset: AccountReset): Promise<Outcome<{ removed: DeviceId[] }, ResetAccountError>>;
  /** Permits whoever has the token to reset the account once; one before it no longer counts. */
  permitReset(permit: ResetPermit): Promise<Outcome<null, 'unknown_account'>>;
  findReset(tokenHash: Uint8Array, nowMs: number): Promise<{ accountId: AccountId; username: string } | null>;
  /** Accounts with which `accountId` is in a conversation that were replaced, and who has their names now. */
  listReplacedContacts(accountId: AccountId): Promise<{ accountId: AccountId; successorId: AccountId }[]>;
  findPasskey(accountId: AccountId, passkeyId: PasskeyId): Promise<PasskeyRecord | null>;
  /** The account's passkeys now, in the order in which they came. */
  listPasskeys(accountId: AccountId): Promise<PasskeyRecord[]>;
  passkeyUsed(accountId: AccountId, passkeyId: PasskeyId, atMs: number): Promise<void>;
  findDevice(deviceId: DeviceId): Promise<DeviceRecord | null>;
  /** The account's devices now, in the order in which they came. */
  listDevices(accountId: AccountId): Promise<ListedDeviceRecord[]>;
  /** False where it is no device of the account now. */
  labelDevice(accountId: AccountId, deviceId: DeviceId, label: Uint8Array): Promise<boolean>;
  deviceSeen(deviceId: DeviceId, atMs: number): Promise<void>;
  /** What waits for the device after chain entry `takenSeq`; what is before is let go of. */
  takeDeliveries(deviceId: DeviceId, takenSeq: number): Promise<{ chainSeq: number; sealed: Uint8Array }[]>;

  /** Keeps the newest `limits.keyPackagesPerDevice`; ones seen before are passed over, claimed or not. */
  publishKeyPackages(publication: KeyPackagePublication): Promise<number>;
  claimKeyPackages(claim: KeyPackageClaim): Promise<Outcome<ClaimResult, ClaimError>>;

  createInvite(invite: NewInvite): Promise<Outcome<null, 'too_many'>>;
  findInvite(tokenHash: Uint8Array, nowMs: number): Promise<InviteRecord | null>;

  createConversation(
    conversation: NewConversation,
  ): Promise<Outcome<CreatedConversation, CreateConversationError>>;
  append(draft: AppendDraft): Promise<Outcome<AppendReceipt, AppendError>>;
  /** Conversations of which the account is a member now. */
  listConversations(accountId: AccountId, deviceId: DeviceId): Promise<ConversationRecord[]>;
  readGroupInfo(
    conversationId: ConversationId,
    accountId: AccountId,
  ): Promise<Outcome<GroupInfoRecord, 'unknown_conversation' | 'not_a_member'>>;
  /** The epoch, where the device is a member now. */
  readEpoch(
    conversationId: ConversationId,
    deviceId: DeviceId,
  ): Promise<Outcome<number, 'unknown_conversation' | 'not_a_member'>>;
  /** Accounts with which `accountId` is in a conversation of at most `maxAccounts`, without itself. */
  listContacts(accountId: AccountId, maxAccounts: number): Promise<AccountId[]>;

  /** What `deviceId` may read of each log, in the order asked. */
  openLogs(deviceId: DeviceId, logs: readonly LogKey[]): Promise<Outcome<ReadableLog[], LogError>>;
  /** Entries with `afterSeq < seq <= throughSeq` in order, cut by number and size but never to none. */
  readEntries(log: LogKey, range: EntryRange): Promise<StoredEntry[]>;
  /** Newest entries before places in logs that a device of `accountId` may read whole: see `PageQuery`. */
  readPages(
    accountId: AccountId,
    pages: readonly PageQuery[],
    maxSizeBytes: number,
  ): Promise<Outcome<LogPageRecord[], LogError>>;
  /** The newest value of each slot; the account's version after it. */
  putAccountItems(
    accountId: AccountId,
    items: readonly AccountItemRecord[],
  ): Promise<Outcome<number, 'too_many' | 'item_stale'>>;
  /** Items newer than a version, the oldest first, cut by number and size but never to none. */
  readAccountItems(
    accountId: AccountId,
    afterVersion: number,
    maxItems: number,
    maxSizeBytes: number,
  ): Promise<AccountItems>;
  /** Appends to an account's keyring: the sender's own, or that of another member of the conversations in question. */
  deposit(deposits: NewDeposits): Promise<Outcome<null, LogError>>;
  /** Moves cursors forward (never back) and deletes inbox entries up to theirs. */
  acknowledge(deviceId: DeviceId, cursors: readonly Cursor[]): Promise<Outcome<null, LogError>>;

  /** Takes the content of passing entries that every member device has stored, or whose time is over: how many it was. */
  letPassingGo(nowMs: number, maxEntries: number): Promise<number>;

  /** Where the device is woken; null: nowhere. Nothing happens where it is no device any more. */
  setPushTarget(deviceId: DeviceId, endpoint: string | null): Promise<void>;
  /** Unless the device has named another one since. */
  clearPushTarget(target: PushTarget): Promise<void>;
  /** Of the conversation's member devices, but for those of `except`. */
  listPushTargets(conversationId: ConversationId, except: AccountId): Promise<PushTarget[]>;

  readonly joins: JoinStore;
  readonly blobs: BlobRecords;

  /** Waits for what was begun, then lets go of the database. */
  close(): Promise<void>;
}

/** The store could not take the operation (full disk, failing disk, closed); nothing of it happened. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

export type SettingName = 'server_id' | 'opaque_setup' | 'operator_invite' | 'relay_secret' | 'push_keys';

export type LogKey =
  | { readonly kind: 'conversation'; readonly id: ConversationId }
  | { readonly kind: 'inbox'; readonly id: DeviceId }
  | { readonly kind: 'keyring'; readonly id: AccountId };
export interface Cursor {
  readonly log: LogKey;
  readonly seq: number;
}
export type LogError = 'unknown_conversation' | 'not_a_member';

/** Readable are the entries with `afterSeq < seq`, up to `throughSeq` where the device was removed. */
export interface ReadableLog {
  readonly headSeq: number;
  readonly afterSeq: number;
  readonly throughSeq: number | null;
}
export interface EntryRange {
  readonly afterSeq: number;
  readonly throughSeq: number;
  readonly maxEntries: number;
  readonly maxSizeBytes: number;
}
export interface PageQuery {
  readonly log: LogKey;
  /** Entries with a `seq` below; null: from the newest. */
  readonly beforeSeq: number | null;
  readonly maxEntries: number;
}
export interface LogPageRecord {
  /** The newest entry and the first one that the account may read. */
  readonly headSeq: number;
  readonly firstSeq: number;
  /** In ascending order. */
  readonly entries: readonly Uint8Array[];
}
export interface AccountItemRecord {
  /** 16 bytes. */
  readonly slot: Uint8Array;
  readonly sealed: Uint8Array;
  readonly version: number;
}
export interface AccountItems {
  readonly items: readonly AccountItemRecord[];
  /** Of the newest item that there is; 0 where there is none. */
  readonly version: number;
}
export interface StoredEntry {
  readonly seq: number;
  /** The encoded Entry. */
  readonly bytes: Uint8Array;
}
export interface Appended extends StoredEntry {
  readonly log: LogKey;
  /** False: `bytes` are only a part of what `readEntries` gives, since the rest is kept once for many logs. */
  readonly isWhole: boolean;
  /** Devices for which this entry is the last one they may read. */
  readonly removed: readonly DeviceId[];
}

export interface NewDevice {
  readonly deviceId: DeviceId;
  readonly signatureKey: Uint8Array;
  readonly notAfterMs: number;
}
export interface NewAccount {
  readonly accountId: AccountId;
  readonly username: string;
  readonly registrationRecord: string;
  readonly vault: Uint8Array;
  /** Ed25519, 32 bytes; left out: no recovery code. */
  readonly recoveryKey?: Uint8Array | null;
  readonly chainEntry: StoredChainEntry;
  readonly device: NewDevice;
  /** SHA-256 of the invite token, if one was given. */
  readonly inviteTokenHash: Uint8Array | null;
  readonly inviteNeeded: boolean;
  readonly nowMs: number;
}
export type CreateAccountError =
  | 'username_taken'
  | 'account_exists'
  | 'invite_needed'
  | 'invite_invalid'
  | 'chain_invalid';
export type ExtendChainError = 'unknown_account' | 'account_closed' | 'chain_stale' | 'chain_invalid';
export interface AccountReset {
  readonly replacedId: AccountId;
  readonly permission:
    | { readonly kind: 'token'; readonly tokenHash: Uint8Array }
    | { readonly kind: 'device'; readonly deviceId: DeviceId };
  readonly accountId: AccountId;
  readonly registrationRecord: string;
  readonly vault: Uint8Array;
  readonly recoveryKey: Uint8Array;
  readonly chainEntry: StoredChainEntry;
  readonly device: NewDevice;
  readonly nowMs: number;
}
export type ResetAccountError =
  | 'unknown_account'
  | 'account_closed'
  | 'account_exists'
  | 'chain_invalid'
  | 'reset_refused';
export interface ResetPermit {
  readonly username: string;
  /** SHA-256 of the token. */
  readonly tokenHash: Uint8Array;
  readonly expiresAtMs: number;
}
export interface AccountRecord {
  readonly accountId: AccountId;
  readonly username: string;
  readonly registrationRecord: string;
  readonly vault: Uint8Array;
  readonly recoveryKey: Uint8Array | null;
  /** Who took its place; then `username` is what it was called. */
  readonly successor: AccountId | null;
}
export interface StoredChainEntry {
  readonly seq: number;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}
export interface ChainChange {
  readonly accountId: AccountId;
  readonly entry: StoredChainEntry;
  readonly added: readonly NewDevice[];
  readonly removed: readonly DeviceId[];
}
export interface AccountChange extends ChainChange {
  readonly vault: Uint8Array;
  /** Null: as before. */
  readonly registrationRecord: string | null;
  readonly recoveryKey: Uint8Array | null;
  readonly deliveries: readonly Delivery[];
  /** `chain_invalid` where one that is added is there already, or one that is removed is not. */
  readonly passkey: PasskeyChange | null;
}
export type PasskeyChange =
  | {
      readonly kind: 'added';
      readonly passkeyId: PasskeyId;
      readonly publicKey: Uint8Array;
      readonly label: Uint8Array;
    }
  | { readonly kind: 'removed'; readonly passkeyId: PasskeyId };
export interface PasskeyRecord {
  readonly passkeyId: PasskeyId;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Sealed for the account's devices. */
  readonly label: Uint8Array;
  /** 0: never. */
  readonly lastUsedMs: number;
}
export interface Delivery {
  readonly deviceId: DeviceId;
  readonly sealed: Uint8Array;
}
export interface PushTarget {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly endpoint: string;
}
export interface ListedDeviceRecord {
  readonly deviceId: DeviceId;
  readonly label: Uint8Array | null;
  /** 0: never. */
  readonly lastSeenMs: number;
}
export interface DeviceRecord {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly signatureKey: Uint8Array;
  /** 0: no end. */
  readonly notAfterMs: number;
  /** In the account's chain now. */
  readonly active: boolean;
  readonly keyPackages: number;
}

export interface KeyPackagePublication {
  readonly deviceId: DeviceId;
  readonly keyPackages: readonly Uint8Array[];
  /** Null: keep the present one. */
  readonly lastResort: Uint8Array | null;
}
export interface KeyPackageClaim {
  readonly accountIds: readonly AccountId[];
  /** Accounts of which none can be had are left out, and no error. */
  readonly isPartial: boolean;
  /** The asking device: it gets none of its own. */
  readonly claimant: DeviceId;
  readonly nowMs: number;
}
export type ClaimError = 'unknown_account' | 'account_closed' | 'no_key_package' | 'too_many';
export interface ClaimResult {
  readonly claimed: readonly { accountId: AccountId; deviceId: DeviceId; keyPackage: Uint8Array }[];
  /** Devices whose pool is now below `limits.keyPackagesLow`. */
  readonly low: readonly { deviceId: DeviceId; remaining: number }[];
}

export interface NewInvite {
  readonly tokenHash: Uint8Array;
  /** Null: the operator's. */
  readonly accountId: AccountId | null;
  /** Null: until it is used. */
  readonly expiresAtMs: number | null;
  readonly nowMs: number;
  /** Invites that one account may have open. */
  readonly maxOpen: number;
}
export interface InviteRecord {
  readonly accountId: AccountId | null;
  readonly username: string | null;
  /** Not yet used to create an account. */
  readonly registers: boolean;
}

export interface MemberDeviceId {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
}
export interface AccountJoinRecord {
  readonly accountId: AccountId;
  readonly readsFromStart: boolean;
}
export interface CommitDraft {
  readonly commit: Uint8Array;
  readonly external: boolean;
  /** Of an external commit these are set by the store: the sender itself. */
  readonly added: readonly MemberDeviceId[];
  readonly removed: readonly MemberDeviceId[];
  /** Of a group. An account that only a device of it names in `added` comes as well, and reads from there on. */
  readonly accountsAdded: readonly AccountJoinRecord[];
  readonly accountsRemoved: readonly AccountId[];
  /** Goes with the entry and with each Welcome; may be empty. */
  readonly note: Uint8Array;
  readonly groupInfo: Uint8Array;
  readonly ratchetTree: Uint8Array;
  readonly welcomes: readonly { deviceId: DeviceId; welcome: Uint8Array }[];
  /** What comes after each Welcome; may be empty. */
  readonly welcomeEnd: Uint8Array;
  readonly deposits: readonly { accountId: AccountId; deposit: DepositRecord }[];
}
/** A deposit of the epoch's history key: the fields of DepositEntry. */
export interface DepositRecord {
  readonly conversationId: Uint8Array;
  readonly epoch: bigint;
  /** Of one that holds the keys of several epochs. */
  readonly firstEpoch?: bigint;
  readonly enc: Uint8Array;
  readonly sealed: Uint8Array;
  readonly signature: Uint8Array;
}
export interface NewDeposits {
  readonly sender: MemberDeviceId;
  /** Whose keyring. */
  readonly accountId: AccountId;
  readonly nowMs: number;
  readonly deposits: readonly { readonly transactionId: Uint8Array; readonly deposit: DepositRecord }[];
}
export interface Sent {
  readonly conversationId: ConversationId;
  readonly sender: MemberDeviceId;
  readonly transactionId: Uint8Array;
  readonly nowMs: number;
}
export interface AppendDraft extends Sent {
  readonly epoch: bigint;
  readonly content:
    | ({ readonly kind: 'message' } & MessageDraft)
    | { readonly kind: 'commit'; readonly commit: CommitDraft };
}
export interface MessageDraft {
  readonly body: Uint8Array;
  readonly live: Uint8Array;
  readonly kept: { readonly nonce: Uint8Array; readonly sealed: Uint8Array } | null;
  /** Its content goes once it was delivered; never one that is kept. */
  readonly passing: boolean;
  /** 32 bytes each, as hexadecimal text, each once. */
  readonly blobIds: readonly BlobId[];
}
export interface NewConversation extends Sent {
  /** One or two accounts for a direct conversation, none for a group. */
  readonly directAccountIds: readonly AccountId[];
  readonly commit: CommitDraft;
}
export interface AppendReceipt {
  readonly seq: number;
  readonly acceptedAtMs: number;
}
export type AppendError =
  | 'unknown_conversation'
  | 'not_a_member'
  | 'stale_epoch'
  | 'unknown_account'
  | 'blob_unknown'
  | 'malformed'
  | 'too_many';
export interface CreatedConversation extends AppendReceipt {
  readonly conversationId: ConversationId;
  readonly existed: boolean;
}
export type CreateConversationError =
  | 'conversation_exists'
  | 'unknown_account'
  | 'account_closed'
  | 'not_a_member'
  | 'malformed'
  | 'too_many';
export interface ConversationRecord {
  readonly conversationId: ConversationId;
  readonly epoch: number;
  readonly headSeq: number;
  readonly deviceIsMember: boolean;
  readonly isGroup: boolean;
  /** The first entry that the account may read. */
  readonly firstSeq: number;
  /** Of a direct conversation; of a group they are left out, since there may be many. */
  readonly accountIds: readonly AccountId[];
}
export interface GroupInfoRecord {
  readonly groupInfo: Uint8Array;
  readonly ratchetTree: Uint8Array;
  readonly epoch: number;
  readonly headSeq: number;
}
