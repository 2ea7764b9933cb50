import type { AccountId, ConversationId } from '@sotto/protocol';
import type { AccountView, Outcome, ServerProblem } from './api.ts';

/** Commands about groups: part of `SottoApi`. What changes a group is done as soon as this device is connected. */
export interface GroupsApi {
  /** Works offline: then it waits. The creator is its owner. */
  createGroup(group: NewGroup): Promise<Outcome<ConversationId, GroupProblem>>;
  addMembers(
    conversationId: ConversationId,
    accountIds: readonly AccountId[],
  ): Promise<Outcome<null, GroupProblem>>;
  removeMember(conversationId: ConversationId, accountId: AccountId): Promise<Outcome<null, GroupProblem>>;
  /** `owner` hands the group over: this account is an admin from then on. */
  setRole(
    conversationId: ConversationId,
    accountId: AccountId,
    role: GroupRole,
  ): Promise<Outcome<null, GroupProblem>>;
  /** What is left out stays. */
  editGroup(
    conversationId: ConversationId,
    details: Partial<GroupDetailsView>,
  ): Promise<Outcome<null, GroupProblem>>;
  setGroupRights(
    conversationId: ConversationId,
    rights: Partial<GroupRightsView>,
  ): Promise<Outcome<null, GroupProblem>>;
  /** Whether members who come read what was said before them. */
  setHistorySharing(conversationId: ConversationId, shares: boolean): Promise<Outcome<null, GroupProblem>>;
  /** The last owner hands over to the first admin, else the first member. `deleteHere`: and nothing of it stays. */
  leaveGroup(conversationId: ConversationId, deleteHere: boolean): Promise<Outcome<null, GroupProblem>>;
  /** Ends the group for all; what was said stays with each until they delete it. */
  deleteGroup(conversationId: ConversationId): Promise<Outcome<null, GroupProblem>>;
  /** Nothing of it stays on the account's devices; of groups, only one that was left or has ended. */
  forgetConversation(conversationId: ConversationId): Promise<void>;
  /** Tries a change that failed once more. */
  retryGroupChange(conversationId: ConversationId, changeId: string): Promise<void>;
  /** Gives up a change that waits or failed. */
  discardGroupChange(conversationId: ConversationId, changeId: string): Promise<void>;

  /** Groups that have a member whose name contains `text`, at most 50. */
  findGroupsByMember(text: string): Promise<readonly ConversationId[]>;

  createGroupInvite(
    conversationId: ConversationId,
    invite: NewGroupInvite,
  ): Promise<Outcome<null, GroupProblem>>;
  revokeGroupInvite(conversationId: ConversationId, inviteId: string): Promise<Outcome<null, GroupProblem>>;
  /** What a link part after `#join=` leads to. */
  resolveGroupInvite(link: string): Promise<Outcome<GroupInvitePreview, GroupInviteProblem>>;
  /** Asks to join; answers once it is asked. The group comes to the list when a member's device has let this account in. */
  requestToJoin(link: string): Promise<Outcome<{ needsApproval: boolean }, GroupInviteProblem>>;
  answerJoinRequest(
    conversationId: ConversationId,
    accountId: AccountId,
    accepted: boolean,
  ): Promise<Outcome<null, GroupProblem>>;
}

export type GroupRole = 'owner' | 'admin' | 'member';
export type GroupRight = 'everyone' | 'admins' | 'owner';
export interface GroupRightsView {
  readonly addMembers: GroupRight;
  readonly removeMembers: GroupRight;
  readonly editDetails: GroupRight;
  readonly call: GroupRight;
  readonly setTimer: GroupRight;
  readonly pin: GroupRight;
  /** Of others. */
  readonly deleteMessages: GroupRight;
  readonly send: GroupRight;
}
export interface GroupDetailsView {
  /** 1 to 100 characters. */
  readonly name: string;
  /** WebP, JPEG or PNG, at most 24 kB; empty: none. */
  readonly photo: Uint8Array;
  /** At most 1,000 characters. */
  readonly description: string;
}
export interface NewGroup extends GroupDetailsView {
  readonly memberIds: readonly AccountId[];
  readonly sharesHistory: boolean;
}
export interface NewGroupInvite {
  readonly lifetimeMs: number;
  readonly needsApproval: boolean;
  readonly singleUse: boolean;
}
export interface GroupInviteView {
  readonly inviteId: string;
  /** What goes after `#join=`; null where only its maker's devices know it. */
  readonly link: string | null;
  readonly expiresAtMs: number;
  readonly needsApproval: boolean;
  readonly singleUse: boolean;
}
export interface GroupInvitePreview {
  readonly name: string;
  readonly photo: Uint8Array;
  readonly memberCount: number;
  readonly needsApproval: boolean;
  /** Where this account is a member already. */
  readonly conversationId: ConversationId | null;
  readonly requested: boolean;
}
export interface JoinRequestView {
  readonly account: AccountView;
  readonly atMs: number;
}
/** Of a group conversation's details. */
export interface GroupView {
  readonly role: GroupRole;
  readonly details: GroupDetailsView;
  readonly rights: GroupRightsView;
  readonly sharesHistory: boolean;
  readonly invites: readonly GroupInviteView[];
  /** That this account may answer. */
  readonly requests: readonly JoinRequestView[];
  /** What this account asked for and is not done yet, or failed. */
  readonly changes: readonly PendingGroupChange[];
  readonly ended: 'left' | 'removed' | 'deleted' | null;
}
export interface PendingGroupChange {
  readonly changeId: string;
  readonly kind:
    | 'add'
    | 'remove'
    | 'role'
    | 'details'
    | 'rights'
    | 'sharesHistory'
    | 'invite'
    | 'revoke'
    | 'leave'
    | 'delete';
  readonly account: AccountView | null;
  readonly failed: GroupProblem | null;
}
export type GroupProblem =
  | {
      readonly kind:
        | 'unknownConversation'
        /** By the group's rights, as they are by now. */
        | 'notAllowed'
        | 'unknownAccount'
        | 'alreadyMember'
        | 'notMember'
        /** None of their devices could be added: they have none, or keys that cannot be used. */
        | 'unreachable'
        | 'emptyName'
        | 'malformedPhoto'
        | 'ended';
    }
  | {
      readonly kind: 'tooManyMembers' | 'tooManyAdmins' | 'tooManyInvites' | 'tooLong';
      readonly limit: number;
    }
  | ServerProblem;
export type GroupInviteProblem =
  /** `invalid`: forged, or cut off. `unusable`: expired, revoked, or used. `declined`: asked before and refused. */
  { readonly kind: 'invalid' | 'unusable' | 'declined' } | ServerProblem;
