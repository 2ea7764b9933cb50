import type { AccountId, ConversationId, InviteId } from '@sotto/protocol';
import type { Outcome } from '../outcome.ts';
import type { LogError, MemberDeviceId } from './store.ts';

/** The part of the store port for invites to groups (spec/server.md §Joining by link). As atomic as the rest. */
export interface JoinStore {
  /** By a member device; takes the place of one before it. `invite_invalid`: another conversation has the id. */
  putPreview(preview: NewInvitePreview): Promise<Outcome<null, LogError | 'invite_invalid' | 'too_many'>>;
  readPreview(inviteId: InviteId, reader: AccountId, nowMs: number): Promise<InvitePreviewRecord | null>;
  /** By a member device; requests that came by the invite go too. One that is not there was dropped before. */
  dropPreview(
    by: MemberDeviceId,
    conversationId: ConversationId,
    inviteId: InviteId,
  ): Promise<Outcome<null, LogError>>;
  /** Takes the place of the account's earlier request to the conversation. True: it is a member, and nothing is kept. */
  request(request: NewJoinRequest): Promise<Outcome<boolean, 'invite_invalid' | 'too_many'>>;
  /** To a member device, the oldest first. */
  listRequests(
    by: MemberDeviceId,
    conversationId: ConversationId,
    nowMs: number,
  ): Promise<Outcome<JoinRequestRecord[], LogError>>;
  /** By a member device or a device of `accountId` itself. True: there was a request. */
  dropRequest(
    by: MemberDeviceId,
    conversationId: ConversationId,
    accountId: AccountId,
  ): Promise<Outcome<boolean, LogError>>;
}

export interface NewInvitePreview {
  readonly by: MemberDeviceId;
  readonly conversationId: ConversationId;
  readonly inviteId: InviteId;
  readonly sealed: Uint8Array;
  /** 0: no end. */
  readonly expiresAtMs: number;
  readonly nowMs: number;
}
export interface InvitePreviewRecord {
  readonly conversationId: ConversationId;
  readonly sealed: Uint8Array;
  /** The reader is a member. */
  readonly isMember: boolean;
}
export interface NewJoinRequest {
  readonly accountId: AccountId;
  readonly conversationId: ConversationId;
  readonly inviteId: InviteId;
  readonly sealed: Uint8Array;
  readonly nowMs: number;
}
export interface JoinRequestRecord {
  readonly accountId: AccountId;
  readonly inviteId: InviteId;
  readonly sealed: Uint8Array;
  readonly requestedAtMs: number;
}
