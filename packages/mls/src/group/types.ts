import type { CipherSuite, SigningKey } from '@sotto/primitives';
import type { EpochFrame } from '../framing/epochFrame.ts';
import type { Refused } from '../refusal.ts';
import type { EpochSecrets } from '../schedule/keySchedule.ts';
import type { SecretTree } from '../schedule/secretTree.ts';
import type { Capabilities } from '../structs/capabilities.ts';
import type { Credential } from '../structs/credential.ts';
import type { Extension } from '../structs/extension.ts';
import type { Sender } from '../structs/framedContent.ts';
import type { GroupContext } from '../structs/groupContext.ts';
import type { KeyPackage } from '../structs/keyPackage.ts';
import type { LeafNode, Lifetime } from '../structs/leafNode.ts';
import type { PreSharedKeyName } from '../structs/preSharedKeyId.ts';
import type { Proposal, ReInit } from '../structs/proposal.ts';
import type { RatchetTree } from '../tree/ratchetTree.ts';

/** Signs for the own leaf. Handed to each operation that signs, never kept in a state. */
export type Signer = SigningKey;

/** A leaf that is filled, as the roster shows it. */
export interface Member {
  readonly leafIndex: number;
  readonly credential: Credential;
  readonly signatureKey: Uint8Array;
  readonly leafNode: LeafNode;
}

/**
 * A member's view of a group in one epoch. Immutable: an operation returns a new one. It shares buffers with
 * the one before it, so secrets are erased only by `eraseSuperseded` and `eraseState`.
 * Fields below `own` are for the engine; callers use the functions of the package.
 */
export interface GroupState {
  readonly kind: 'active';
  readonly suite: CipherSuite;
  readonly groupContext: GroupContext;
  readonly ownLeafIndex: number;
  readonly tree: RatchetTree;
  readonly own: OwnState;
}

/** The secret and per-message half of a state. */
export interface OwnState {
  readonly frame: EpochFrame;
  readonly secrets: EpochSecrets;
  readonly secretTree: SecretTree;
  /** Private keys by node index: the own leaf and those parents the own leaf knows. */
  readonly privateKeys: ReadonlyMap<number, Uint8Array>;
  readonly confirmationTag: Uint8Array;
  readonly interimTranscriptHash: Uint8Array;
  readonly storedProposals: readonly StoredProposal[];
  /** Set when the last commit carried a ReInit: the group takes no further commits or messages. */
  readonly reInit: ReInit | null;
  /** Erased states refuse to be used. */
  readonly life: { erased: boolean };
}

/** A received proposal kept for a commit that refers to it. */
export interface StoredProposal {
  readonly reference: Uint8Array;
  readonly sender: ProposalSender;
  readonly proposal: Proposal;
}

export type ProposalSender = Sender;

/**
 * Parts of a stored state: `core` is what an epoch begins with, `tree` the public nodes by node index, `secrets` the
 * secret tree, `proposals` those kept to be referred to.
 */
export type StateSection = 'core' | 'tree' | 'secrets' | 'proposals';

/** Place of a record within a group. `index` is a whole number below 2^16. */
export interface StateRecordKey {
  readonly section: StateSection;
  readonly index: number;
}

export interface StateRecord extends StateRecordKey {
  readonly value: Uint8Array;
}

/** Changes to a group's records, to be applied in one transaction and in this order. */
export interface StateDelta {
  /** Sections of which every record goes. */
  readonly clear: readonly StateSection[];
  readonly remove: readonly StateRecordKey[];
  readonly put: readonly StateRecord[];
}

/** What is left of a group that removed us. It processes nothing. */
export interface RemovedState {
  readonly kind: 'removed';
  readonly groupId: Uint8Array;
  /** The epoch that began without us. */
  readonly epoch: bigint;
}

/** What a commit does, told in terms of leaves. Credentials are for the caller's policy to compare. */
export interface CommitSummary {
  readonly groupId: Uint8Array;
  /** Epoch the commit was made in, and the one it begins. */
  readonly fromEpoch: bigint;
  readonly epoch: bigint;
  readonly committer:
    | { readonly kind: 'member'; readonly before: Member; readonly after: Member }
    | { readonly kind: 'external'; readonly joiner: Member };
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
  /** Update proposals and the committer's own leaf where the commit has a path. */
  readonly updated: readonly { readonly before: Member; readonly after: Member }[];
  readonly psks: readonly PreSharedKeyName[];
  /** Set where the commit replaces the group's extensions. */
  readonly extensions: { readonly before: readonly Extension[]; readonly after: readonly Extension[] } | null;
  readonly reInit: ReInit | null;
  readonly hasPath: boolean;
  readonly isSelfRemoved: boolean;
  readonly authenticatedData: Uint8Array;
}

/** A received commit, verified and not yet in force: `merge` puts it in force. */
export interface StagedCommit {
  readonly kind: 'stagedCommit';
  readonly summary: CommitSummary;
  /** For the engine. */
  readonly next: GroupState | RemovedState;
}

/** A Welcome, opened and verified: the roster can be judged before `merge`. */
export interface StagedJoin {
  readonly kind: 'stagedJoin';
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly roster: readonly Member[];
  /** The member that sent the Welcome. */
  readonly adder: Member;
  readonly own: Member;
  readonly extensions: readonly Extension[];
  /** Pre-shared keys that went into the epoch. */
  readonly psks: readonly PreSharedKeyName[];
  /** For the engine. */
  readonly next: GroupState;
}

/** One Welcome message, with the KeyPackages (by KeyPackageRef) it is for. */
export interface WelcomeMessage {
  readonly bytes: Uint8Array;
  readonly keyPackageRefs: readonly Uint8Array[];
}

/**
 * An own commit, not in force until the server has accepted it: then `nextState` takes the place of the
 * state it was made from. Store it (`encodePendingCommit`) before sending it.
 */
export interface PendingCommit {
  readonly kind: 'pendingCommit';
  readonly summary: CommitSummary;
  /** MLSMessage to append. */
  readonly commitMessage: Uint8Array;
  /** MLSMessages for those added; empty where none was. One per joiner unless `welcomes: 'joint'`. */
  readonly welcomes: readonly WelcomeMessage[];
  /** MLSMessage with the GroupInfo of the new epoch, for external joins: with external_pub, without the tree. */
  readonly groupInfo: Uint8Array;
  /** The new epoch's public tree (`ratchet_tree` extension data), to travel beside Welcome and GroupInfo. */
  readonly ratchetTree: Uint8Array;
  readonly nextState: GroupState;
  /**
   * The state to go on with while the commit is pending: the one it was made from with the key of the commit
   * message used up. Null for an external join, and after `decodePendingCommit`.
   */
  readonly currentState: GroupState | null;
}

/** What a commit shall do. Members by leaf index. */
export type ProposalInput =
  | { readonly kind: 'add'; readonly keyPackage: VerifiedKeyPackage }
  | { readonly kind: 'remove'; readonly leafIndex: number }
  | { readonly kind: 'psk'; readonly psk: PreSharedKeyName }
  | { readonly kind: 'groupContextExtensions'; readonly extensions: readonly Extension[] }
  | { readonly kind: 'reInit'; readonly reInit: ReInit };

/** Looks up a pre-shared key; null where it is not known. The engine copies what it gets. */
export type PskLookup = (name: PreSharedKeyName) => Uint8Array | null;

/** A leaf's own choices. */
export interface LeafOptions {
  readonly credential: Credential;
  /** Default: `defaultCapabilities(suite)`. */
  readonly capabilities?: Capabilities;
  readonly extensions?: readonly Extension[];
}

/** How leaves that come into a group, or change in it, are judged beyond what RFC 9420 fixes. */
export interface LeafPolicy {
  /** Milliseconds since 1970, for lifetimes of leaves added. */
  readonly nowMs: number;
  /** Longest lifetime accepted when adding. Default `limits.maxLifetimeSeconds`. */
  readonly maxLifetimeSeconds?: number;
  /**
   * Whether a leaf may take another's place: a member changing its leaf, or an external joiner replacing its
   * earlier leaf. Default: only with the very same credential. A caller that lets others through judges
   * `CommitSummary.updated` and `removed` itself.
   */
  readonly isSuccessor?: (before: LeafNode, after: LeafNode) => boolean;
}

export interface CommitOptions extends LeafPolicy {
  readonly proposals?: readonly ProposalInput[];
  readonly authenticatedData?: Uint8Array;
  /**
   * `always` (default): every commit carries a path. `ifRequired`: only where RFC 9420 §12.4 demands one, for
   * batches that only add.
   */
  readonly path?: 'always' | 'ifRequired';
  /** Default `private` (PrivateMessage). */
  readonly wireFormat?: 'private' | 'public';
  /** Default `beside`: Welcome and GroupInfo come without the tree. */
  readonly ratchetTree?: 'beside' | 'inside';
  /** Default `split`: one Welcome per joiner. */
  readonly welcomes?: 'split' | 'joint';
  /** New contents of the own leaf, where the commit has a path. Default: as they are. */
  readonly leaf?: Partial<LeafOptions>;
  /** The key the own leaf shall have from the new epoch on (the commit itself is signed by the old one). */
  readonly newSigner?: Signer;
  readonly psks?: PskLookup;
  readonly padding?: Padding;
  /** Commit the stored proposals by reference as well. Default false. */
  readonly includeStoredProposals?: boolean;
  /** Extensions to put into the GroupInfo beside external_pub. */
  readonly groupInfoExtensions?: readonly Extension[];
}

/** Padded size, in bytes, for a content of this size. Default: no padding. */
export type Padding = (contentSizeBytes: number) => number;

export interface ProtectOptions {
  readonly authenticatedData?: Uint8Array;
  readonly padding?: Padding;
}

export interface UnprotectOptions extends LeafPolicy {
  /** Keep received proposals and process commits that refer to them. Default false: such are refused. */
  readonly allowProposalReferences?: boolean;
  readonly psks?: PskLookup;
  /**
   * So many generations a message may be ahead of its sender's last. Default `limits.maxForwardGenerations`; more only
   * where the caller knows that it has passed over as many, since each costs a derivation.
   */
  readonly maxForwardGenerations?: number;
  /**
   * So many keys of generations passed over are kept, for messages that come later than what was sent after them. Default
   * and most `limits.maxSkippedKeys`; 0 where all come in the order in which they were sent, so that none is left behind.
   */
  readonly maxSkippedKeys?: number;
}

/** The state without the key of the message that was given up. */
export interface PassedOver {
  readonly kind: 'passedOver';
  readonly state: GroupState;
}

/** What `unprotect` made of a message. */
export type Unprotected =
  | {
      readonly kind: 'application';
      readonly state: GroupState;
      readonly sender: Member;
      readonly generation: number;
      readonly data: Uint8Array;
      readonly authenticatedData: Uint8Array;
    }
  | StagedCommit
  | {
      readonly kind: 'proposal';
      readonly state: GroupState;
      readonly sender: ProposalSender;
      readonly proposal: Proposal;
      readonly authenticatedData: Uint8Array;
    }
  | Refused;

export interface Protected {
  readonly kind: 'protected';
  readonly state: GroupState;
  /** MLSMessage (PrivateMessage). */
  readonly bytes: Uint8Array;
}

/** A KeyPackage whose signatures, keys, capabilities and lifetime have been checked. */
export interface VerifiedKeyPackage {
  readonly kind: 'verifiedKeyPackage';
  readonly keyPackage: KeyPackage;
  /** MLSMessage, as received. */
  readonly bytes: Uint8Array;
  /** KeyPackageRef (RFC 9420 §5.2). */
  readonly reference: Uint8Array;
}

/** A new KeyPackage with its private half (`encodeKeyPackageSecrets` for storage). */
export interface OwnKeyPackage {
  readonly kind: 'ownKeyPackage';
  readonly keyPackage: KeyPackage;
  /** MLSMessage to publish. */
  readonly bytes: Uint8Array;
  readonly reference: Uint8Array;
  readonly initPrivateKey: Uint8Array;
  readonly leafPrivateKey: Uint8Array;
}

export interface KeyPackageOptions extends LeafOptions {
  /** Seconds since 1970. */
  readonly lifetime: Lifetime;
  readonly keyPackageExtensions?: readonly Extension[];
}

export interface CreateGroupOptions extends LeafOptions {
  readonly groupId: Uint8Array;
  /** Group context extensions. */
  readonly groupExtensions?: readonly Extension[];
  /** Seconds since 1970, of the creator's leaf. */
  readonly lifetime: Lifetime;
}

/** A state that the new group follows (ReInit, RFC 9420 §11.2) or springs from (branch, §11.3). */
export interface Predecessor {
  readonly usage: 'reinit' | 'branch';
  readonly state: GroupState;
}

export interface StageWelcomeOptions {
  readonly welcome: Uint8Array;
  readonly keyPackage: OwnKeyPackage;
  /** `ratchet_tree` data, where the Welcome does not carry it. */
  readonly ratchetTree?: Uint8Array;
  readonly psks?: PskLookup;
  /** Must be given to join a group that follows or branches from another. */
  readonly predecessor?: Predecessor;
}

/** A GroupInfo whose tree, hashes and signature have been checked: the roster can be judged before joining. */
export interface VerifiedGroupInfo {
  readonly kind: 'verifiedGroupInfo';
  readonly groupContext: GroupContext;
  readonly roster: readonly Member[];
  /** The member that signed it. */
  readonly signer: Member;
  readonly extensions: readonly Extension[];
  /** For the engine. */
  readonly tree: RatchetTree;
  readonly confirmationTag: Uint8Array;
  readonly suite: CipherSuite;
}

export interface ExternalJoinOptions extends LeafOptions, LeafPolicy {
  readonly groupInfo: VerifiedGroupInfo;
  /** Own earlier leaf to take out in the same commit (resynchronisation). */
  readonly resync?: number;
  readonly authenticatedData?: Uint8Array;
  /** External or resumption pre-shared keys to mix in. */
  readonly pskNames?: readonly PreSharedKeyName[];
  readonly psks?: PskLookup;
  readonly groupInfoExtensions?: readonly Extension[];
}
