/** Types of the message side (spec/groups.md, spec/envelope.md). */
import type * as mls from '@sotto/mls';
import type { Awaitable, Provider, SigningKey, SuiteId } from '@sotto/primitives';
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import type { CredentialCache } from '../account/credentialCache.ts';
import type { CredentialRefusalReason, VerifiedChain } from '../account/types.ts';
import type { EpochRoles, GroupEvent, Policy, PolicyChange } from './policyTypes.ts';

/** What every operation is given: cryptography, the time, and what has been verified before. */
export interface CryptoContext {
  readonly provider: Provider;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Signatures on credentials that were found good: keep one per engine. */
  readonly credentials?: CredentialCache;
}

/** Where the chains of accounts come from. */
export interface Directory {
  /** The account's verified chain, at least up to entry `atLeastSeq`; null where it cannot be had. */
  chainOf(accountId: AccountId, atLeastSeq: number): Promise<VerifiedChain | null>;
  /**
   * For received commits: the newest chain entry of the account that was known before they were asked for. A device
   * that was removed by a later one may come by them, since they may be older than its removal. Left out: the newest.
   */
  knownSeqOf?(accountId: AccountId): number;
}

/** The device on whose behalf an operation runs. */
export interface Self {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly signingKey: SigningKey;
  /** Encoded DeviceCredential. */
  readonly credential: Uint8Array;
}

export interface DeviceRef {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
}

export interface GroupMember extends DeviceRef {
  /** Leaf index in the ratchet tree. */
  readonly leaf: number;
}

/** A KeyPackage as the server gave it, with the device it is said to be of. */
export interface ClaimedKeyPackage extends DeviceRef {
  readonly keyPackage: Uint8Array;
}

export interface NewKeyPackage {
  /** MLSMessage to publish. */
  readonly keyPackage: Uint8Array;
  /** KeyPackageRef, under which `joinFromWelcome` asks for the private part. */
  readonly ref: Uint8Array;
  /** Secret; to be stored before publishing, and overwritten after use (last-resort: once another has its place). */
  readonly privatePart: Uint8Array;
  readonly lastResort: boolean;
}

/** One device's view of a conversation's MLS group in one epoch. Immutable: operations return a new one. */
export interface ConversationGroup {
  readonly kind: 'conversationGroup';
  readonly conversationId: ConversationId;
  readonly suite: SuiteId;
  readonly epoch: bigint;
  readonly policy: Policy;
  readonly roster: readonly GroupMember[];
  /** The own leaf index. */
  readonly ownLeaf: number;
  /** For this package. */
  readonly state: mls.GroupState;
}

/** Part of a stored group. Those of the section `tree` are public, all others secret. */
export type GroupSection = mls.StateSection;
/** One stored value, by `section` and `index` (a whole number below 2^16) within its group. */
export type GroupRecord = mls.StateRecord;
/** Changes to a group's records, for one transaction and in this order: `clear` sections, `remove`, `put`. */
export type GroupDelta = mls.StateDelta;

/** A group as it is stored. */
export interface StoredGroup {
  /** `ConversationGroup.suite`. */
  readonly suite: number;
  readonly records: readonly GroupRecord[];
}

/** What goes to the server for a commit: the fields of CommitAppend. */
export interface CommitToAppend {
  readonly commit: Uint8Array;
  readonly external: boolean;
  /** MLSMessage(GroupInfo) of the new epoch, without its tree. */
  readonly groupInfo: Uint8Array;
  readonly ratchetTree: Uint8Array;
  readonly welcomes: readonly { readonly deviceId: DeviceId; readonly welcome: Uint8Array }[];
  readonly added: readonly DeviceRef[];
  readonly removed: readonly DeviceRef[];
}

/** An own commit, to be stored before it is sent, and in force (`next`) only once the server accepted it. */
export interface PendingCommit {
  readonly kind: 'pendingCommit';
  /** The epoch it was made in: what the append names. */
  readonly epoch: bigint;
  readonly append: CommitToAppend;
  /**
   * Takes the place of the group it was made from while it is pending, and is stored with it: making the commit
   * used up a message key, which must not serve again. Null where there was no group in use before (creation,
   * external join) and after `decodePendingCommit`.
   */
  readonly current: ConversationGroup | null;
  readonly next: ConversationGroup;
  /** What the committer's account changes in the policy for itself; null where that stays. */
  readonly policyChange: PolicyChange | null;
  /** What it does to a group; empty in direct conversations. */
  readonly groupEvents: readonly GroupEvent[];
  /**
   * For storage; secret. Where it was made from a group in use, it holds what it changes of that group and is read
   * beside it, or a later state of its epoch.
   */
  encode(): Uint8Array;
  /** For this package. */
  readonly pending: mls.PendingCommit;
}

/** A received commit that keeps the rules, not yet in force. */
export interface StagedChange {
  readonly kind: 'stagedChange';
  readonly by: DeviceRef;
  readonly joined: readonly DeviceRef[];
  readonly left: readonly DeviceRef[];
  /** Made by a device that joined by itself. */
  readonly external: boolean;
  /** This device was removed: `merge` gives null. */
  readonly selfRemoved: boolean;
  /** What its account changed in the policy for itself; null where that stays. */
  readonly policyChange: PolicyChange | null;
  /** What it did to a group; empty in direct conversations. */
  readonly groupEvents: readonly GroupEvent[];
  merge(): ConversationGroup | null;
}

/** Why a group operation was refused. The list is closed; spec/groups.md explains each. */
export type GroupRefusalReason =
  // bytes
  | 'malformed'
  | 'unsupported_suite'
  | 'wrong_conversation'
  | 'stale_epoch'
  | 'future_epoch'
  | 'own_commit'
  /** MLS refuses it: signatures, tags, tree, keys. */
  | 'invalid'
  | 'invalid_key_package'
  | 'expired_key_package'
  | 'unknown_key_package'
  | 'missing_policy'
  | 'invalid_policy'
  // identity
  | 'chain_unavailable'
  | 'invalid_credential'
  /** The KeyPackage is of another device than the server said. */
  | 'wrong_device'
  | 'duplicate_device'
  // policy
  | 'account_not_in_policy'
  | 'not_allowed_to_remove'
  /** Something in the policy changed that its account may not change, or nothing did. */
  | 'policy_changed'
  /** The committer's role does not have the right. */
  | 'not_allowed_by_role'
  /** The group was deleted: only leaving is left. */
  | 'group_deleted'
  | 'already_a_member'
  /** A device of an account stays in the group that the policy no longer has. */
  | 'devices_left'
  | 'too_many_accounts'
  | 'too_many_admins'
  | 'too_many_invites'
  /** The group has no such link (any more). */
  | 'unknown_invite'
  | 'expired_invite'
  /** Only members who may add may let in by this link. */
  | 'approval_required'
  /** Forged, for another, of another conversation, or its time is over. */
  | 'invalid_join_proof'
  /** The changed policy is not the one after the present one. */
  | 'wrong_revision'
  | 'credential_changed'
  | 'not_allowed_proposal'
  | 'not_a_member'
  | 'path_required'
  | 'too_many_devices';

export interface GroupRefusal {
  readonly kind: 'refused';
  readonly reason: GroupRefusalReason;
  /** The device it is about, where there is one. */
  readonly device?: DeviceRef;
  /** Beside `invalid_credential`. */
  readonly credential?: CredentialRefusalReason;
  /** The engine's own reason, where it was the engine that refused. */
  readonly mls?: mls.MlsRefusal;
}

export interface CreateConversationOptions {
  readonly conversationId: ConversationId;
  /** Of revision 0, with history turned off by nobody but the creator's account. */
  readonly policy: Policy;
  /** All devices of all accounts in the policy, but this one. */
  readonly members: readonly ClaimedKeyPackage[];
  /** Default: the hybrid suite. */
  readonly suite?: SuiteId;
}

export interface ExternalJoinOptions {
  readonly conversationId: ConversationId;
  readonly groupInfo: Uint8Array;
  readonly ratchetTree: Uint8Array;
}

export interface WelcomeJoinOptions {
  readonly conversationId: ConversationId;
  readonly welcome: Uint8Array;
  readonly ratchetTree: Uint8Array;
  /** The stored private part of the own KeyPackage with this ref; null where there is none. */
  findKeyPackage(ref: Uint8Array): Awaitable<Uint8Array | null>;
}

export interface JoinedGroup {
  readonly kind: 'joined';
  readonly group: ConversationGroup;
  readonly usedKeyPackageRef: Uint8Array;
}

export interface ProtectedMessage {
  readonly kind: 'protected';
  readonly group: ConversationGroup;
  /** MessageEntry.body, MessageEntry.live and, where a history key was given, MessageEntry.kept. */
  readonly body: Uint8Array;
  readonly live: Uint8Array;
  readonly kept: KeptWrap | null;
}

/** The fields of KeptKey: the message's key under its epoch's history key. */
export interface KeptWrap {
  readonly nonce: Uint8Array;
  readonly sealed: Uint8Array;
}

export interface MessageToOpen {
  readonly body: Uint8Array;
  readonly live: Uint8Array;
  readonly transactionId: TransactionId;
  /** Who sent it, as the Entry says. */
  readonly sender: DeviceRef;
  /** So many messages of the group's epoch were passed over by this device: its sender may be as far ahead. */
  readonly passedOver?: number;
}

/** Why a message or signal does not open. The list is closed; spec/envelope.md explains each. */
export type MessageRefusalReason =
  | 'malformed'
  | 'too_large'
  | 'wrong_conversation'
  | 'stale_epoch'
  | 'future_epoch'
  | 'own_message'
  | 'unknown_sender'
  /** The generation was used before: a replay. */
  | 'replayed'
  | 'too_far_ahead'
  /** The live wrap does not open or its signature is wrong. */
  | 'not_decryptable'
  /** The live wrap names another body. */
  | 'body_mismatch'
  /** The key does not fit the body's commitment. */
  | 'wrong_key'
  | 'body_not_decryptable'
  /** The Entry names another sender than the group does. */
  | 'sender_mismatch'
  | 'invalid_signature';

export interface OpenedMessage {
  readonly kind: 'message';
  readonly group: ConversationGroup;
  /** Encoded Content. */
  readonly content: Uint8Array;
  readonly sender: DeviceRef;
}

export interface MessageRefusal {
  readonly kind: 'refused';
  readonly reason: MessageRefusalReason;
  /** To be stored as after success: the ratchet may have moved although the message was refused. */
  readonly group: ConversationGroup;
}

/** A message as the log has it, to be opened without the group (spec/history.md). */
export interface KeptMessage {
  readonly conversationId: ConversationId;
  readonly epoch: bigint;
  readonly transactionId: TransactionId;
  readonly body: Uint8Array;
  readonly kept: KeptWrap;
  /** Who sent it, as the Entry says. */
  readonly sender: DeviceRef;
}

export interface OpenedKept {
  readonly kind: 'message';
  /** Encoded Content. */
  readonly content: Uint8Array;
}

/** Why a message does not open from history. The list is closed; spec/history.md explains each. */
export type KeptRefusalReason =
  | 'malformed'
  | 'too_large'
  /** No chain of the sender's account ever listed the device. */
  | 'unknown_sender'
  /** The history key does not open the wrap. */
  | 'kept_not_decryptable'
  | 'wrong_key'
  | 'body_not_decryptable'
  | 'invalid_signature';

export interface KeptRefusal {
  readonly kind: 'refused';
  readonly reason: KeptRefusalReason;
}

/** An epoch's history key, and in groups who could do what in it. */
export interface DepositedKey {
  readonly epoch: bigint;
  /** 32 bytes. */
  readonly historyKey: Uint8Array;
  /** Of groups. */
  readonly roles?: EpochRoles;
}

/** What one deposit holds. */
export interface DepositKeys extends DepositedKey {
  /** Of epochs before: for accounts that are given what was said before them. */
  readonly earlier?: readonly DepositedKey[];
}

/** History keys for one account, as DepositEntry has them. */
export interface Deposit {
  readonly conversationId: ConversationId;
  readonly epoch: bigint;
  /** Where it holds keys of earlier epochs: the first of them. Left out: it is of `epoch` alone. */
  readonly firstEpoch?: bigint;
  readonly enc: Uint8Array;
  readonly sealed: Uint8Array;
  readonly signature: Uint8Array;
}

export interface OpenedDeposit extends DepositKeys {
  readonly kind: 'deposit';
}

export interface DepositRefusal {
  readonly kind: 'refused';
  /** `not_decryptable`: sealed to another key, or not at all. */
  readonly reason: 'malformed' | 'unknown_sender' | 'invalid_signature' | 'not_decryptable';
}

export interface SignalToOpen {
  readonly payload: Uint8Array;
  readonly sender: DeviceRef;
}

export interface OpenedSignal {
  readonly kind: 'signal';
  /** Encoded SignalContent. */
  readonly content: Uint8Array;
  readonly sender: DeviceRef;
  /** The sender's clock, milliseconds since 1970. */
  readonly sentAtMs: number;
}

export interface SignalRefusal {
  readonly kind: 'refused';
  readonly reason: MessageRefusalReason;
}
