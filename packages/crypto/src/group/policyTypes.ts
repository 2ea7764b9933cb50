/** Types of a conversation's rules and of what changes them (spec/groups.md, "Policy" and "Roles and rights"). */
import type { AccountId, ConversationId, InviteId, TransactionId } from '@sotto/protocol';
import type { ClaimedKeyPackage, DeviceRef } from './types.ts';

interface PolicyCommon {
  /** The accounts that are the conversation's members; sorted. */
  readonly accountIds: readonly AccountId[];
  /** How often it was changed. */
  readonly revision: number;
  /** Members that turned history off; sorted. History is on where there are none. */
  readonly historyOff: readonly AccountId[];
  /** After how long messages disappear, in seconds; 0: they stay (spec/disappearing.md, "Timer"). */
  readonly timerSeconds: number;
}

/** The two accounts, or one for notes to oneself: they stay. */
export interface DirectPolicy extends PolicyCommon {
  readonly kind: 'direct';
}

export interface GroupPolicy extends PolicyCommon {
  readonly kind: 'group';
  readonly ownerId: AccountId;
  /** Without the owner and without those who leave; sorted. */
  readonly adminIds: readonly AccountId[];
  readonly rights: Rights;
  /** Members who come are given what was said before them. */
  readonly sharesHistory: boolean;
  /** SHA-256 of the encoded GroupDetails. */
  readonly detailsHash: Uint8Array;
  /** By id. */
  readonly invites: readonly Invite[];
  /** Members that said they leave, and are still to be taken out; sorted. They have no rights any more. */
  readonly leavingIds: readonly AccountId[];
  /** Ended by its owner: nothing but leaving is left. */
  readonly deleted: boolean;
}

/** The rules of a conversation, as its GroupContext carries them. */
export type Policy = DirectPolicy | GroupPolicy;

/** Who may: `admins` are those and the owner. */
export type Right = 'everyone' | 'admins' | 'owner';

export interface Rights {
  /** And make and revoke invites. */
  readonly addMembers: Right;
  /** Never `everyone`. */
  readonly removeMembers: Right;
  readonly editDetails: Right;
  readonly call: Right;
  readonly setTimer: Right;
  readonly pin: Right;
  /** Of others, for all. Never `everyone`. */
  readonly deleteMessages: Right;
  readonly send: Right;
}

/** `leaving`: said that it leaves; may do nothing but wait for being taken out. */
export type Role = 'owner' | 'admin' | 'member' | 'leaving';

/** What says who may do what in one epoch: beside its history key in deposits (spec/history.md, "Deposits"). */
export interface EpochRoles {
  readonly ownerId: AccountId;
  readonly adminIds: readonly AccountId[];
  readonly rights: Rights;
  /** Of more accounts than may be named at once by anybody (`accountsNamedAtOnce`). */
  readonly isLarge: boolean;
}

/** A link by which accounts may join. Its secret is in the link alone. */
export interface Invite {
  readonly inviteId: InviteId;
  /** Ed25519, of a key that the link's secret makes. */
  readonly verifyKey: Uint8Array;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** Whom it leads in is added only by members who may add. */
  readonly needsApproval: boolean;
  readonly singleUse: boolean;
}

/** Says that who has the link's secret wants this account in (spec/groups.md, "Joining by link"). */
export interface JoinProof {
  readonly inviteId: InviteId;
  readonly accountId: AccountId;
  /** Of the proof; milliseconds since 1970, at most `joinRequestLifetimeMs` ahead. */
  readonly expiresAtMs: number;
  readonly signature: Uint8Array;
}

/** What a proof is signed for. */
export interface JoinClaim {
  readonly conversationId: ConversationId;
  readonly inviteId: InviteId;
  readonly accountId: AccountId;
  readonly expiresAtMs: number;
}

/** What a member account may change in the policy of any conversation, by a commit that does nothing else. */
export type PolicyChange =
  /** For itself. */
  | { readonly kind: 'history'; readonly on: boolean }
  /** For all; in groups under the right to set it. */
  | { readonly kind: 'timer'; readonly seconds: number };

/** What a member asks of a group: one commit of it. */
export type GroupChange =
  /**
   * Accounts come, with those of their devices whose KeyPackages were there; the others join by themselves. `proofs`:
   * of those who come by a link.
   */
  | {
      readonly kind: 'add';
      readonly accountIds: readonly AccountId[];
      readonly devices: readonly ClaimedKeyPackage[];
      readonly proofs?: readonly JoinProof[];
    }
  /** With all their devices. Of those who said they leave, any member may. */
  | {
      readonly kind: 'remove';
      readonly accountIds: readonly AccountId[];
      /** And takes out the links that let in without approval: who was removed may know one. */
      readonly revokesInvites?: boolean;
    }
  /** For the own account. The owner hands over by it. */
  | { readonly kind: 'leave' }
  | { readonly kind: 'promote'; readonly accountId: AccountId }
  | { readonly kind: 'demote'; readonly accountId: AccountId }
  /** Who was the owner is an admin then. */
  | { readonly kind: 'handOver'; readonly accountId: AccountId }
  | { readonly kind: 'details'; readonly detailsHash: Uint8Array }
  | { readonly kind: 'rights'; readonly rights: Rights }
  | { readonly kind: 'sharesHistory'; readonly shares: boolean }
  | { readonly kind: 'makeInvite'; readonly invite: Invite }
  | { readonly kind: 'revokeInvite'; readonly inviteId: InviteId }
  | { readonly kind: 'delete' };

/** What a commit did to a group, as every member finds it by its policies before and after. */
export type GroupEvent =
  | { readonly kind: 'created' }
  | { readonly kind: 'added'; readonly accountIds: readonly AccountId[] }
  | { readonly kind: 'joinedByLink'; readonly accountIds: readonly AccountId[] }
  | { readonly kind: 'removed'; readonly accountIds: readonly AccountId[] }
  /** Taken out, having left before. */
  | { readonly kind: 'gone'; readonly accountIds: readonly AccountId[] }
  /** The committer said that it leaves. */
  | { readonly kind: 'left'; readonly accountId: AccountId }
  | { readonly kind: 'promoted'; readonly accountIds: readonly AccountId[] }
  | { readonly kind: 'demoted'; readonly accountIds: readonly AccountId[] }
  | { readonly kind: 'handedOver'; readonly accountId: AccountId }
  | { readonly kind: 'details' }
  | { readonly kind: 'rights'; readonly rights: Rights }
  | { readonly kind: 'sharesHistory'; readonly shares: boolean }
  | { readonly kind: 'inviteMade'; readonly inviteId: InviteId }
  | { readonly kind: 'inviteRevoked'; readonly inviteId: InviteId }
  | { readonly kind: 'deleted' };

/** A new group: its creator is the owner. */
export interface NewGroupOptions {
  readonly accountIds: readonly AccountId[];
  readonly ownerId: AccountId;
  readonly detailsHash: Uint8Array;
  readonly adminIds?: readonly AccountId[];
  /** Default: `defaultRights`. */
  readonly rights?: Rights;
  readonly sharesHistory?: boolean;
  /** The owner, where it wants no history. */
  readonly historyOff?: readonly AccountId[];
  /** Default: 0. */
  readonly timerSeconds?: number;
}

/** A group's own words and picture. */
export interface GroupDetails {
  /** 1 to 100 UTF-16 units. */
  readonly name: string;
  /** WebP, JPEG or PNG, at most 24 kB; empty: none. */
  readonly photo: Uint8Array;
  /** At most 1,000 UTF-16 units. */
  readonly description: string;
}

export interface EncodedDetails {
  /** An encoded GroupDetails, to be stored and put into notes as it is. */
  readonly encoded: Uint8Array;
  /** For the policy. */
  readonly hash: Uint8Array;
}

/** What a note says that its commit did. */
export type NotedChange =
  | {
      readonly kind: 'added' | 'joinedByLink' | 'removed' | 'promoted' | 'demoted';
      readonly accountIds: readonly AccountId[];
    }
  | { readonly kind: 'left' | 'handedOver'; readonly accountId: AccountId }
  | { readonly kind: 'renamed'; readonly name: string }
  | { readonly kind: 'rights'; readonly rights: Rights }
  | { readonly kind: 'sharesHistory'; readonly shares: boolean }
  | { readonly kind: 'created' | 'photo' | 'description' | 'inviteMade' | 'inviteRevoked' | 'deleted' };

/** With it members read what those who hold a link sent (`InviteKeys.memberKey`). */
export interface InviteMemberKey {
  readonly inviteId: InviteId;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** A note as its committer signed it; whether it is true is for `noteFits`. */
export interface OpenedNote {
  readonly kind: 'note';
  /** The committer's clock, for display only. */
  readonly sentAtMs: number;
  readonly changes: readonly NotedChange[];
  readonly details: { readonly encoded: Uint8Array; readonly decoded: GroupDetails } | null;
  readonly inviteKeys: readonly InviteMemberKey[];
}

export interface NoteRefusal {
  readonly kind: 'refused';
  readonly reason: 'malformed' | 'too_large' | 'unknown_sender' | 'not_decryptable' | 'invalid_signature';
}

/** What goes into a note beside what its commit does. */
export interface NoteContents {
  readonly transactionId: TransactionId;
  /** The group's details from this commit on; for whoever comes, and where they changed. */
  readonly details?: Uint8Array;
  /** Those before, where they changed: the note says what of them did. */
  readonly detailsBefore?: GroupDetails;
  readonly inviteKeys?: readonly InviteMemberKey[];
}

/** A note where it stands in the log. */
export interface NotePlace {
  readonly conversationId: ConversationId;
  /** The one that its commit begins. */
  readonly epoch: bigint;
  readonly transactionId: TransactionId;
  /** The commit's maker. */
  readonly sender: DeviceRef;
}
